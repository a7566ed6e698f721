import type { OutboxOf } from './outbox-report.ts';
import { duration, relative } from './table.ts';

/** What the broker has not taken for so long needs somebody, seconds; the alert on `outbox_oldest_age_seconds` has the same limit. */
const LATE_SECONDS = 60;
const SHOWN_CAUSES = 3;

/** PURE. Lines for `rolebridge status`: records that are set aside, and those that wait too long for the broker; nothing where all is well. */
export function outboxNotes(outbox: OutboxOf, nowMs: number): readonly string[] {
  const { service, rows, oldestSeconds, aside } = outbox;
  return [
    ...(aside > 0 ? [`${service}: ${records(aside)} set aside${sinceOf(outbox, nowMs)}: the broker refuses ${causesOf(outbox)}, and what came later for the same key waits behind: rolebridge outbox list`] : []),
    ...(rows > 0 && oldestSeconds >= LATE_SECONDS ? [`${service}: ${records(rows)} on the way to the broker, the oldest for ${duration(oldestSeconds)}: see at /readyz of the service whether it reaches the broker`] : []),
  ];
}

const records = (count: number): string => `${count} record${count === 1 ? ' is' : 's are'}`;

/** Keys come oldest first. */
function sinceOf({ keys: [oldest] }: OutboxOf, nowMs: number): string {
  return oldest === undefined ? '' : `, the first ${relative(oldest.since, nowMs)}`;
}

function causesOf({ keys }: OutboxOf): string {
  const causes = [...new Set(keys.map(({ code, topic }) => `${code} on ${topic}`))];
  const more = causes.length - SHOWN_CAUSES;
  return causes.slice(0, SHOWN_CAUSES).join(', ') + (more > 0 ? ` and ${more} more causes` : '');
}
