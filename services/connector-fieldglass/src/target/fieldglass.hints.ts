/** How an operator mends what Fieldglass refuses, by the code of the failure (`fieldglass.errors.ts`); shown with the dead letter. */
export const HINTS: Readonly<Record<string, string>> = {
  'delete-not-offered': 'This environment does not delete users: set deleteMode to deactivate, restart the connector, then redrive.',
  'lock-not-supported': 'This environment is set to keep no active flag (activeSupported): lock the person at Fieldglass by hand, or set activeSupported and restart the connector, then redrive.',
  'login-taken': 'The login belongs to another account at Fieldglass. Give one of the two another userName at the source, or end the other account there, then redrive.',
  'upload-bad-object': 'Fieldglass does not know one of the business units or roles. Make it there, or correct the rule that gives it, then redrive.',
  'upload-bad-transaction': 'Fieldglass lost the transaction of the upload. Redrive: the same list is uploaded again.',
  'upload-no-row': 'Fieldglass found no row in the upload: compare captions and headerBlock of the settings with the layout of its connector, restart, then redrive.',
  'upload-record-failed': 'Fieldglass took the file but not its row; its words stand in the answer. Mostly a unit or role is missing there: make it, then redrive.',
  'upload-refused': 'Fieldglass refused the units or roles of this person; its words stand in the answer. Make there what is missing, or correct the rule, then redrive.',
  'user-not-there-yet': 'Fieldglass never showed the user whose units were to be set. See whether the account is there and active, then redrive.',
};
