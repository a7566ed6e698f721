import { FAILURE_KINDS, LETTER_STATES, type BulkRedriveResult, type DeadLetterDetails, type DeadLetterPage, type DismissalResult, type OperatorAudit } from '@rolebridge/contracts';
import { isFlag, isNumber, isText, listOf, oneOf, optional, orNull, shape, valuesOf } from './shape.ts';

const summary = {
  id: isText,
  consumer: isText,
  system: orNull(isText),
  userId: orNull(isText),
  generation: orNull(isNumber),
  kind: oneOf(FAILURE_KINDS),
  code: isText,
  message: isText,
  field: orNull(isText),
  rules: listOf(isText),
  attempts: isNumber,
  firstFailureAt: isText,
  lastFailureAt: isText,
  correlationId: isText,
  state: oneOf(LETTER_STATES),
};
const page = shape({ letters: listOf(shape(summary)), total: isNumber, next: orNull(isText) });
const details = shape({
  ...summary,
  line: orNull(isText),
  original: shape({ topic: isText, partition: orNull(isNumber), offset: orNull(isNumber), at: orNull(isText) }),
  plan: listOf(isText),
  request: orNull(isText),
  answer: orNull(isText),
  serviceVersion: isText,
  redrives: listOf(shape({ at: isText, by: isText, reason: isText })),
  dismissed: optional(shape({ at: isText, by: isText, reason: isText })),
  obstacle: orNull(isText),
  hint: orNull(isText),
});
const result = shape({ dryRun: isFlag, redriven: listOf(isText), skipped: listOf(shape({ why: isText, count: isNumber })), remaining: isNumber });
const lineWorked = shape({ published: isNumber, waiting: isNumber });
const dismissal = shape({ dismissed: listOf(isText), skipped: listOf(shape({ why: isText, count: isNumber })) });
const entry = shape({ at: isText, order: isText, operator: isText, reason: isText, system: optional(isText), affected: isNumber, skipped: valuesOf(isNumber), subjects: listOf(isText) });
const audit = shape({ orders: listOf(entry), total: isNumber });

export const isLetterPage = (value: unknown): value is DeadLetterPage => page(value);
export const isLetterDetails = (value: unknown): value is DeadLetterDetails => details(value);
export const isRedriveResult = (value: unknown): value is BulkRedriveResult => result(value);
/** What became of a line of an event source at ingest. */
export const isLineWorked = (value: unknown): value is { readonly published: number; readonly waiting: number } => lineWorked(value);
export const isDismissalResult = (value: unknown): value is DismissalResult => dismissal(value);
export const isAudit = (value: unknown): value is OperatorAudit => audit(value);
