import { createHash } from 'node:crypto';
import { ENTITLEMENT_TYPES } from '@rolebridge/contracts';
import type { DesiredAccount, EntitlementType, HeldLoss } from '@rolebridge/contracts';

import type { Assigned } from './assign.ts';

/** Types whose loss is a loss of access; units say where somebody works and change with every move. */
const COUNTED: readonly EntitlementType[] = ['role', 'group'];

/** PURE. What the person would lose by these accounts (L26): an account, or a role or group in one. */
export function lossesOf({ changed }: Pick<Assigned, 'changed'>, previous: ReadonlyMap<string, DesiredAccount>): readonly HeldLoss[] {
  return changed.flatMap((next) => lossesIn(previous.get(next.system), next).map((loss) => ({ system: next.system, loss })));
}

function lossesIn(before: DesiredAccount | undefined, next: DesiredAccount): readonly string[] {
  if (before === undefined || before.presence === 'absent') return [];
  if (next.presence === 'absent') return ['remove'];
  if (before.presence === 'active' && next.presence === 'disabled') return ['disable'];
  return COUNTED.filter((type) => loses(before, next, type));
}

function loses(before: DesiredAccount, next: DesiredAccount, type: EntitlementType): boolean {
  const kept = next.entitlements[type];
  if (kept === undefined) return false;
  const values = new Set(kept.items.map(({ value }) => value));
  return (before.entitlements[type]?.items ?? []).some(({ value }) => !values.has(value));
}

/** PURE. Two judgements of the same content leave the person with the same access in the systems where something is lost. */
export function contentOf({ changed }: Pick<Assigned, 'changed'>, losses: readonly HeldLoss[]): string {
  const losing = changed.filter(({ system }) => losses.some((loss) => loss.system === system)).toSorted((a, b) => (a.system < b.system ? -1 : 1));
  const accounts = losing.map(({ system, presence, entitlements }) => [system, presence, ENTITLEMENT_TYPES.map((type) => entitlements[type]?.items.map(({ value }) => value).toSorted())]);
  return createHash('sha256').update(JSON.stringify(accounts)).digest('hex').slice(0, 32);
}
