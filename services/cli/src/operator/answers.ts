import { BREAKER_STATES, DELIVERY_STATES, type ConnectorStatus, type UserIdentity, type UserStatus } from '@rolebridge/contracts';
import { isFlag, isNumber, isText, listOf, oneOf, optional, orNull, shape, valuesOf } from './shape.ts';

const states = shape(Object.fromEntries(DELIVERY_STATES.map((state) => [state, isNumber])));
const systemStatus = shape({
  system: isText,
  kind: isText,
  mode: isText,
  backlog: isNumber,
  oldestPendingSeconds: orNull(isNumber),
  states,
  breaker: oneOf(BREAKER_STATES),
  breakerReason: optional(isText),
  lastSuccessAt: orNull(isText),
  ready: isFlag,
});
const failure = shape({ kind: isText, code: isText, message: isText, field: optional(isText) });
const entitlements = valuesOf(shape({ complete: isFlag, items: listOf(shape({ value: isText, rules: listOf(isText), primary: optional(isFlag) })) }));
const linkStatus = shape({
  system: isText,
  state: oneOf(DELIVERY_STATES),
  presence: isText,
  wishedGeneration: isNumber,
  appliedGeneration: orNull(isNumber),
  userGeneration: isNumber,
  accountId: optional(isText),
  accountKey: optional(isText),
  attempt: isNumber,
  nextAttemptAt: orNull(isText),
  failure: optional(failure),
  confirmable: isFlag,
  entitlements,
  updatedAt: isText,
});
const connectorStatus = shape({ systems: listOf(systemStatus) });
const userStatus = shape({ userId: isText, systems: listOf(linkStatus) });
const userIdentity = shape({ id: isText, userName: isText, presence: isText, generation: isNumber });

export const isConnectorStatus = (value: unknown): value is ConnectorStatus => connectorStatus(value);
export const isUserStatus = (value: unknown): value is UserStatus => userStatus(value);
export const isUserIdentity = (value: unknown): value is UserIdentity => userIdentity(value);

