import { BREAKER_STATES, DELIVERY_STATES, type ConnectorStatus, type UserIdentity, type UserStatus } from '@rolebridge/contracts';

/** What is shown is checked; further fields of newer services are welcome. */
type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isNumber: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const orNull = (check: Check): Check => (value) => value === null || check(value);
const optional = (check: Check): Check => (value) => value === undefined || check(value);
const oneOf = (values: readonly string[]): Check => (value) => values.some((known) => known === value);
const listOf = (check: Check): Check => (value) => Array.isArray(value) && value.every(check);
const isFlag: Check = (value) => typeof value === 'boolean';

function shape(fields: Readonly<Record<string, Check>>): Check {
  return (value) => typeof value === 'object' && value !== null && Object.entries(fields).every(([name, check]) => check((value as Record<string, unknown>)[name])); // any object may be asked for a field
}

const valuesOf = (check: Check): Check => (value) => typeof value === 'object' && value !== null && Object.values(value).every(check);

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

