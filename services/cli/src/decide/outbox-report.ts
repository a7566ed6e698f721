import { OVER_ALL, type OutboxListing, type OutboxOrderKind, type OutboxOrderResult } from '@rolebridge/contracts';
import { duration, printable, relative, table, type Column } from './table.ts';

/** The outbox of one service, by the name that orders call it. */
export interface OutboxOf extends OutboxListing {
  readonly service: string;
}

const SERVICE_COLUMNS: readonly Column[] = [{ title: 'SERVICE' }, { title: 'ON THE WAY', right: true }, { title: 'OLDEST', right: true }, { title: 'SET ASIDE', right: true }];
const KEY_COLUMNS: readonly Column[] = [{ title: 'SERVICE' }, { title: 'TOPIC' }, { title: 'KEY' }, { title: 'SINCE' }, { title: 'CODE' }, { title: 'RECORDS', right: true }, { title: 'REFUSED', right: true }];

/** PURE. Lines for `rolebridge outbox list`. */
export function outboxReport(outboxes: readonly OutboxOf[], nowMs: number): readonly string[] {
  const services = table(SERVICE_COLUMNS, outboxes.map(({ service, rows, oldestSeconds, aside }) => [service, String(rows), rows === 0 ? '—' : duration(oldestSeconds), String(aside)]));
  const keys = outboxes.flatMap(({ service, keys: own }) => own.map((one) => [service, one.topic, one.key, relative(one.since, nowMs), one.code, String(one.records), String(one.refused)]));
  if (keys.length === 0) return [...services, '', 'The broker refuses nothing.'];
  const listed = outboxes.reduce((sum, { keys: own }) => sum + own.reduce((records, one) => records + one.records, 0), 0);
  const missing = outboxes.reduce((sum, { aside }) => sum + aside, 0) - listed;
  const more = missing > 0 ? [`${missing} more records are set aside for keys that are not listed.`] : [];
  return [...services, '', ...table(KEY_COLUMNS, keys), '', ...more, 'Mend what the code names, then: rolebridge outbox release <service> <topic> <key> --reason "…"'];
}

/** Where something was set aside. */
export interface Place {
  readonly topic: string;
  readonly key: string;
}

/** PURE. Lines for `rolebridge outbox release`. */
export function releaseReport(kind: OutboxOrderKind, { topic, key }: Place, { going, lost }: OutboxOrderResult): readonly string[] {
  const gone = going === 0 ? 'Nothing waited behind it.' : `${records(going)} ${going === 1 ? 'goes' : 'go'} to the broker, in the old order.`;
  const again = going === 0 ? [] : ['What is refused once more is set aside once more: rolebridge outbox list'];
  if (kind === 'release') return [`${key} on ${topic}: ${gone}`, ...again].map(printable);
  return [`${key} on ${topic}: ${records(lost)} that the broker refused ${lost === 1 ? 'is' : 'are'} lost for good. ${gone}`, ...again, ...repairOf(topic, key)].map(printable);
}

const records = (count: number): string => `${count} record${count === 1 ? '' : 's'}`;

/** By topic: how its readers get to know all the same. */
const REPAIRS: readonly (readonly [RegExp, (key: string) => string])[] = [
  [/identity\.user\.v\d+$/, (key) => newest(`republish ${INGEST} --user ${key}`)],
  [/identity\.group\.v\d+$/, () => newest(`republish ${INGEST} --all`)],
  [/\.desired-account\.v\d+$/, (key) => newest(`republish ${OVER_ALL} --user ${key}`)],
  [/\.(observed-account|entitlement)\.v\d+$/, () => 'The proxy shows an older picture of it until it changes at the target.'],
  [/identity\.learned-id\.v\d+$/, () => 'Such an id is told once: the source of the person has to send it.'],
  [/provisioning\.outcome\.v\d+$/, () => 'An answer about a change is lost, no state: rolebridge status tells what was applied.'],
  [/\.dead-letter\.v\d+$/, () => 'Only the copy on the topic is lost: rolebridge dead-letters list still has it.'],
];

const INGEST = 'ingest';
const newest = (command: string): string => `A reader that needs it gets the newest state by: rolebridge ${command} --reason "…"`;

function repairOf(topic: string, key: string): readonly string[] {
  return REPAIRS.filter(([pattern]) => pattern.test(topic)).map(([, sentence]) => sentence(key));
}
