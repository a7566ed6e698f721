import type { BrakeListing, BrakeOrderResult } from '@rolebridge/contracts';
import { isFlag, isNumber, isText, listOf, optional, orNull, shape } from './shape.ts';

const place = shape({
  place: isText,
  held: isNumber,
  dropped: isNumber,
  listing: orNull(isNumber),
  enabled: isFlag,
  windowMs: isNumber,
  share: isNumber,
  fromAccounts: isNumber,
  count: isNumber,
  approvals: isNumber,
});
const change = shape({
  place: isText,
  userId: isText,
  generation: isNumber,
  number: isNumber,
  since: isText,
  losses: listOf(shape({ system: isText, loss: isText })),
  cause: shape({ operation: isText, at: isText, by: isText, correlationId: isText }),
  approvedBy: listOf(isText),
  droppedBy: optional(isText),
});
const listing = shape({ places: listOf(place), changes: listOf(change) });
const result = shape({ done: isNumber, waiting: isNumber, repeated: isNumber, approvals: isNumber, changed: optional(isNumber) });

export const isBrakeListing = (value: unknown): value is BrakeListing => listing(value);
export const isBrakeOrderResult = (value: unknown): value is BrakeOrderResult => result(value);
