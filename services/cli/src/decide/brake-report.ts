import type { BrakeListing, BrakeOrderKind, BrakeOrderResult, BrakePlace, HeldChange } from '@rolebridge/contracts';
import { duration, printable, relative, table } from './table.ts';

const COLUMNS = [{ title: 'SYSTEM' }, { title: 'USER' }, { title: 'SINCE' }, { title: 'LOSES' }, { title: 'BECAUSE OF' }, { title: 'STATE' }];

/** PURE. Lines for `rolebridge brake list`: who is held, then how many per brake and what to type. */
export function brakeReport({ places, changes }: BrakeListing, nowMs: number): readonly string[] {
  const rows = changes.map((change) => [change.place, change.userId, relative(change.since, nowMs), lossesOf(change), becauseOf(change), stateOf(change, places)]);
  return [...(rows.length > 0 ? [...table(COLUMNS, rows), ''] : []), ...places.flatMap((place) => placeLines(place, changes)).map(printable)];
}

/** `disable, role ×2`; at the brake over all systems with the system's name. */
function lossesOf({ place, losses }: HeldChange): string {
  const named = losses.map(({ system, loss }) => (system === place ? loss : `${system}: ${loss}`));
  return [...new Set(named)].join(', ') || 'not told';
}

function becauseOf({ cause: { operation, by, correlationId } }: HeldChange): string {
  return `${operation} by ${by} (${correlationId})`;
}

function stateOf({ approvedBy, droppedBy, place }: HeldChange, places: readonly BrakePlace[]): string {
  if (droppedBy !== undefined) return `dropped by ${droppedBy}`;
  const needed = places.find((one) => one.place === place)?.approvals ?? 1;
  return approvedBy.length > 0 ? `approved by ${approvedBy.join(', ')}; ${needed} needed` : 'held';
}

function placeLines(place: BrakePlace, changes: readonly HeldChange[]): readonly string[] {
  const { place: name, held, dropped, listing } = place;
  const shown = changes.filter((change) => change.place === name && change.droppedBy === undefined).length;
  const more = shown < held ? `, the first ${shown} are listed` : '';
  const rest = dropped > 0 ? `, ${dropped} dropped` : '';
  return [
    `${name}: ${held} held${more}${rest}; ${limitOf(place)}.`,
    ...(listing === null ? [] : [`  Let exactly these through: rolebridge brake release --listing ${listing} --system ${name} --reason "…"; or not: rolebridge brake drop …`]),
  ];
}

function limitOf({ enabled, share, fromAccounts, count, windowMs, approvals }: BrakePlace): string {
  if (!enabled) return 'the brake is switched off';
  const second = approvals > 1 ? `, ${approvals} operators to release` : '';
  return `at most ${Math.round(share * 1000) / 10} % (fewer than ${fromAccounts}: ${count} people) in ${duration(windowMs / 1000)}${second}`;
}

/** PURE. Lines after a release or a drop. */
export function orderReport(kind: BrakeOrderKind, place: string, { done, waiting, repeated, approvals, changed = 0 }: BrakeOrderResult): readonly string[] {
  const changes = (n: number) => `${n} change${n === 1 ? '' : 's'}`;
  if (kind === 'drop') return [printable(`Dropped: ${changes(done)} at ${place}; each rests until other access is wished.`)];
  const again = repeated > 0 ? ` You had approved ${repeated} of them before.` : '';
  return [
    ...(done > 0 ? [`Released: ${changes(done)} at ${place}; rolebridge status <user> tells how each ends.`] : []),
    ...(waiting > 0 ? [`Noted: ${changes(waiting)} at ${place}, to be agreed by ${approvals} different operators; one more has to release.${again}`] : []),
    ...(changed > 0 ? [`Held anew: ${changes(changed)} at ${place} would take something else by now; list them again.`] : []),
  ].map(printable);
}
