import type { FailureKind, LetterFailure } from '@rolebridge/contracts';

/** What mends a failure, when nothing more is known than its kind (design §4). */
const BY_KIND: Readonly<Record<FailureKind, string>> = {
  transient: 'The target was busy or away for all attempts. See in rolebridge status whether it answers now, then redrive.',
  'in-doubt': 'The answers got lost for all attempts. See in rolebridge status whether the target answers now; a redrive looks first, so nothing is done twice.',
  waiting: 'What had to exist first at the target never came. Have it made there, then redrive.',
  rejected: 'The target, or our own check, refuses what is wished. Correct the user, the rules or the target; a change of the user or the rules is applied by itself, else redrive.',
  malformed: 'The record breaks its schema. Its producer must send it again, corrected.',
  halting: 'Our credentials or settings for this system are wrong. Correct them; work goes on by itself.',
  unclassified: 'Nobody has decided what this failure means: give this dead letter to the developers of Rolebridge. Redrive once they say so.',
};

/** Where the code tells more. Connectors add hints for their own codes. */
const BY_CODE: Readonly<Record<string, string>> = {
  'account-owned': 'Two people claim one account. Give one of them another login at the source, then redrive.',
  'account-owned-pending': 'The account belongs to somebody whose own change is not finished. Look at that user first, then redrive.',
  'ambiguous-account': 'Several accounts at the target fit. Say at the target which one is right, then redrive.',
  'bad-envelope': 'The record lacks headers that every event has. Its producer must send it again with them.',
  'behind-parked': 'An earlier change of the same record waits. Mend that one; this follows by itself.',
  'character-not-allowed': 'Correct the named field at the source: the target cannot take one of its characters. The change is applied by itself.',
  'field-invalid': 'Correct the named field at the source. The change is applied by itself.',
  'field-missing': 'Fill the named field at the source. The change is applied by itself.',
  'field-too-long': 'Shorten the named field at the source. The change is applied by itself.',
  'foreign-key': 'The key of the record is not its person. Its producer must send it again with the right key.',
  'foreign-system': 'The record stands on the topic of another system. Its producer must send it to the right one.',
  'id-reused': 'The sender used one ce_id for two events. It must send the second again with an id of its own.',
  'lease-lost': 'The worker was paused again and again. Look at the load of its machine, then redrive.',
  'name-taken': 'The login belongs to somebody else at the target. Free it there or give another at the source, then redrive.',
  'primary-unit-missing': 'No rule or attribute says which unit is the primary one. Correct the rules or the user; the change is applied by itself.',
  'record-too-large': 'The user is too large for a record. Remove what is not needed at the source.',
  'sequence-gap': 'A change with a lower number never came. Have the source send it, or send the whole user; if it is lost for good: rolebridge dead-letters skip <id>.',
  'unknown-record': 'A patch or lock came for somebody who was never sent. Have the source send the whole user; this follows by itself.',
  'unstorable-text': 'A text holds U+0000 or half a character. Correct it at the source.',
  'http-400': 'The target refuses the content; its answer says which part. Correct the user or the rules: the change is applied by itself.',
  'http-403': 'The target protects this account. Give our technical user the right for it, then redrive.',
  'http-409': 'The target reports a conflict: often the login, the number or the e-mail is taken there. Free it, then redrive.',
  'http-413': 'The message is too large for the target. Fewer entitlements or shorter texts help.',
  'http-422': 'The target refuses the content; its answer says which part. Correct the user or the rules: the change is applied by itself.',
  schema: 'The record breaks its schema in the named field. Its producer must send it again, corrected.',
};

/** PURE. How an operator mends this; `own`: what the service itself says. */
export function hintFor({ kind, code }: LetterFailure, own: string | null): string {
  return own ?? BY_CODE[code] ?? BY_KIND[kind];
}
