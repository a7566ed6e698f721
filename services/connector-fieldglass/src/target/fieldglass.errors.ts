import type { Failure, FailureKind } from '@rolebridge/contracts';

/**
 * What an answer of Fieldglass means. The only place that looks at a status, a code or a text of it.
 * Sources: `systems/fieldglass.md` §4.1 and §8 (SAP-docs/btp-cloud-identity-services, `handle-failed-operations-0382a0c.md`), RFC 7644 §3.12.
 */

type Entry = readonly [kind: FailureKind, code: string, fix: string];

/**
 * Statuses that mean the same at every interface. `transient` says that nothing was done; where the work may have been done before the answer
 * went wrong, a write is `in-doubt`.
 */
const STATUSES: Readonly<Record<number, Entry>> = {
  400: ['rejected', 'http-400', 'It refused the content.'],
  401: ['halting', 'http-401', 'It refused our credentials. Check virtual person name and license key.'],
  403: ['halting', 'http-403', 'Our credentials may not do this. Check the rights of the virtual person.'],
  404: ['halting', 'http-404', 'There is nothing under this path. Check url and paths of the system.'],
  405: ['halting', 'http-405', 'The path does not take this method. Check the paths of the system.'],
  408: ['in-doubt', 'http-408', 'It did not get the request in time.'],
  409: ['rejected', 'http-409', 'It reports a conflict with another user.'],
  412: ['transient', 'http-412', 'The account was changed meanwhile.'],
  413: ['rejected', 'http-413', 'The request is too large.'],
  415: ['halting', 'http-415', 'It does not take this media type. Check soapVersion.'],
  422: ['rejected', 'http-422', 'It refused the content.'],
  429: ['transient', 'http-429', 'It asks us to slow down.'],
  500: ['in-doubt', 'http-500', 'It failed inside.'],
  501: ['rejected', 'http-501', 'It does not offer this operation. Check updateMethod and deleteMode.'],
  502: ['in-doubt', 'http-502', 'Its gateway got no good answer.'],
  503: ['transient', 'http-503', 'It is not available.'],
  504: ['in-doubt', 'http-504', 'Its gateway got no answer in time.'],
};

/** Where an operation gives a status a meaning of its own. */
const BY_OPERATION: Readonly<Record<string, Readonly<Record<number, Entry>>>> = {
  // Whose account it is shows only when it is looked at (L20): the next attempt observes first.
  create: { 409: ['in-doubt', 'already-exists', 'A user with this login exists already; it is looked at next.'], 404: ['halting', 'scim-base-path', 'There are no users under this path. Check scimBasePath.'] },
  search: { 404: ['halting', 'scim-base-path', 'There are no users under this path. Check scimBasePath.'], 400: ['halting', 'search-not-understood', 'It does not understand a search by userName.'] },
  change: { 404: ['transient', 'account-gone', 'The account has gone since it was looked at; it is looked for again.'] },
  'change-group': {
    403: ['halting', 'group-protected', 'Our credentials may not change this group. Check the rights of the virtual person.'],
    404: ['transient', 'group-gone', 'The group has gone since it was looked at; it is looked for again.'],
    501: ['rejected', 'http-501', 'It does not change groups that way. Check groupUpdateMethod.'],
  },
  delete: { 405: ['rejected', 'delete-not-offered', 'It does not delete users. Set deleteMode to deactivate.'] },
  token: { 400: ['halting', 'token-refused', 'It gave us no token. Check virtual person name and license key.'] },
};

export type Operation = 'create' | 'search' | 'read' | 'change' | 'change-group' | 'delete' | 'token' | 'upload' | 'audit-trail' | 'probe';

export interface StatusAnswer {
  readonly operation: Operation;
  readonly status: number;
  /** Already redacted. */
  readonly detail?: string;
  readonly retryAfterMs?: number;
}

/** The failure behind an HTTP status. */
export function statusFailure({ operation, status, detail, retryAfterMs }: StatusAnswer): Failure {
  const [kind, code, fix] = BY_OPERATION[operation]?.[status] ?? STATUSES[status] ?? unknownStatus(status);
  return {
    kind: isRead(operation) && kind === 'in-doubt' ? 'transient' : kind,
    code,
    message: `SAP Fieldglass answered ${operation} with ${status}. ${fix}${detail ? ` It says: ${detail}` : ''}`,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

function unknownStatus(status: number): Entry {
  return status >= 300 && status < 400 ? ['halting', `http-${status}`, 'It sends us elsewhere. Check the url of the system.'] : ['unclassified', `http-${status}`, 'Nobody has decided what that means.'];
}

const WRITES: readonly Operation[] = ['create', 'change', 'change-group', 'delete', 'upload'];

/** A read leaves nothing behind, so there is nothing to doubt. */
export function isRead(operation: Operation): boolean {
  return !WRITES.includes(operation);
}

/** Return codes of the upload service (R-37). 0 is success; 107 says that no row was read, which is no success where one was sent. */
const RETURN_CODES: Readonly<Record<number, Entry>> = {
  [-1]: ['in-doubt', 'upload-pending', 'It knows no result yet.'],
  3: ['rejected', 'upload-bad-transaction', 'It does not know the transaction.'],
  100: ['halting', 'upload-credentials', 'It refused user name and password of the upload. Check uploadUsername and uploadPassword.'],
  104: ['rejected', 'upload-too-many', 'The upload has too many records.'],
  106: ['in-doubt', 'upload-general-error', 'It reports a general error.'],
  107: ['rejected', 'upload-no-row', 'It found no row in the upload. Check captions and headerBlock.'],
  255: ['rejected', 'upload-bad-object', 'It reports an invalid object id.'],
  500: ['in-doubt', 'upload-internal-error', 'It failed inside.'],
};

/** The failure behind a return code other than 0. */
export function returnCodeFailure(returnCode: number, explanation: string): Failure {
  const [kind, code, fix] = RETURN_CODES[returnCode] ?? ['unclassified', `upload-return-code-${returnCode}`, 'Nobody has decided what that means.'];
  return { kind, code, message: `SAP Fieldglass answered the upload with return code ${returnCode}. ${fix}${explanation ? ` It says: ${explanation}` : ''}` };
}

/** Fault codes of SOAP 1.1 and 1.2 by local name. A fault with an explanation is about this user (sheet §8), whatever its code. */
const FAULTS: Readonly<Record<string, Entry>> = {
  VersionMismatch: ['halting', 'soap-version', 'It does not take this SOAP version. Check soapVersion.'],
  MustUnderstand: ['halting', 'soap-must-understand', 'It does not take our envelope.'],
  Server: ['in-doubt', 'soap-server', 'It failed inside.'],
  Receiver: ['in-doubt', 'soap-server', 'It failed inside.'],
  Client: ['rejected', 'soap-client', 'It refused the content.'],
  Sender: ['rejected', 'soap-client', 'It refused the content.'],
};

/** The failure behind a SOAP fault without a return code. */
export function faultFailure(faultCode: string, explanation: string): Failure {
  const [kind, code, fix] = FAULTS[faultCode] ?? ['unclassified', 'soap-fault', 'Nobody has decided what this fault means.'];
  if (!explanation || kind === 'halting') return { kind, code, message: `SAP Fieldglass answered the upload with a fault (${faultCode || 'no code'}). ${fix}` };
  return { kind: 'rejected', code: 'upload-refused', message: `SAP Fieldglass refused the upload. It says: ${explanation}` };
}

export const WAITING_FOR_USER: Failure = {
  kind: 'waiting',
  code: 'user-not-there-yet',
  message: 'SAP Fieldglass does not know the user yet, so business units cannot be set; tried again slowly.',
  waitingFor: 'user at SAP Fieldglass',
};

export const NOT_UNDERSTOOD: Failure = {
  kind: 'unclassified',
  code: 'reply-not-understood',
  message: 'SAP Fieldglass answered with something that is neither a result nor a fault. Check url and paths of the system.',
};
