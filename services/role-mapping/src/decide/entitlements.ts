import type { DesiredAccount, Entitlement, EntitlementList, EntitlementType, Failure, Presence } from '@rolebridge/contracts';
import { ENTITLEMENT_TYPES } from '@rolebridge/contracts';

import { inOrder, startDraft } from './draft.ts';
import type { Draft, DraftItem } from './draft.ts';
import type { Warning } from './facts.ts';
import { primaryUnit } from './primary-unit.ts';
import { applyRequests, deny, giveByRules, giveDefaults, passThrough } from './sources.ts';
import type { Drafts, Question } from './sources.ts';

export type Entitlements = DesiredAccount['entitlements'];

export type Judged =
  | { readonly kind: 'given'; readonly entitlements: Entitlements; readonly warnings: readonly Warning[] }
  | { readonly kind: 'refused'; readonly failure: Failure; readonly warnings: readonly Warning[] };

const asWritten = (value: string) => value;

/** Effective = rules ∪ default ∪ pass-through ∪ grants − revokes − denies (L8, R-14, R-15). */
export function judgeEntitlements(question: Question, presence: Presence, previous: Entitlements | undefined): Judged {
  const drafts = startDrafts(question, previous);
  giveByRules(question, drafts);
  giveDefaults(question, drafts);
  const barred = passThrough(question, drafts);
  const unclear = applyRequests(question, drafts);
  deny(question, drafts);
  const units = inOrder(drafts.unit.items.values());
  const primary = primaryUnit(question, units);
  const warnings = [...question.facts.warnings, ...barred, ...unclear];
  if (primary.kind === 'chosen') {
    return { kind: 'given', entitlements: statements(question, drafts, units, primary.item), warnings: [...warnings, ...primary.warnings] };
  }
  // A missing primary unit may refuse a wish to work, never a wish to lock: the units are then left alone.
  if (presence === 'active') return { kind: 'refused', failure: primary.failure, warnings };
  const { unit: _left, ...entitlements } = statements(question, drafts, units, undefined);
  return { kind: 'given', entitlements: previous?.unit ? { ...entitlements, unit: previous.unit } : entitlements, warnings };
}

function startDrafts({ system }: Question, previous: Entitlements | undefined): Drafts {
  return {
    unit: startDraft('unit', system.unitKey, previous?.unit),
    role: startDraft('role', asWritten, previous?.role),
    group: startDraft('group', asWritten, previous?.group),
  };
}

function statements({ system }: Question, drafts: Drafts, units: readonly DraftItem[], primary: DraftItem | undefined): Entitlements {
  const lists: Partial<Record<EntitlementType, EntitlementList>> = {};
  for (const type of ENTITLEMENT_TYPES) {
    const draft = drafts[type];
    if (!isStated(draft)) continue;
    const items = type === 'unit' ? units : inOrder(draft.items.values());
    lists[type] = { complete: system.authoritative.has(type) && !draft.untold, items: items.map((item) => entitlement(item, item === primary)), ...removedFrom(draft) };
  }
  return lists;
}

/** What was taken away and is not given for another reason. */
function removedFrom({ revoked, items, key }: Draft): Pick<EntitlementList, 'removed'> {
  const removed = revoked.filter((value) => !items.has(key(value)));
  return removed.length > 0 ? { removed: removed.toSorted() } : {};
}

/** A list on which no source could say anything, and on which we never said anything, is no statement. */
function isStated(draft: Draft): boolean {
  return draft.told || draft.items.size > 0 || draft.revoked.length > 0 || draft.previous !== undefined;
}

function entitlement({ value, rules }: DraftItem, primary: boolean): Entitlement {
  return primary ? { value, rules, primary } : { value, rules };
}
