import { nextGeneration } from '@rolebridge/contracts';
import type { Cause, GroupId } from '@rolebridge/contracts';
import { applyGroupPatch, sameJson, ScimError } from '@rolebridge/scim';
import type { Group, ResourceModel } from '@rolebridge/scim';
import type { GroupChange, GroupIntent } from './group-change.ts';
import { memberDifference, stepsOf } from './group-members.ts';
import type { HeldMember, MemberDifference } from './group-members.ts';
import type { GroupRow } from './group-row.ts';
import { checkVersion } from './versions.ts';

export interface GroupContext {
  readonly model: ResourceModel;
  readonly epoch: number;
  /** ISO 8601, UTC. */
  readonly now: string;
  readonly newId: () => GroupId;
}

/** What becomes of a group. */
export type GroupDecision =
  | { readonly kind: 'changed'; readonly next: GroupRow; readonly members: MemberDifference; readonly renamed: boolean }
  | { readonly kind: 'unchanged'; readonly row: GroupRow }
  | { readonly kind: 'refused'; readonly error: ScimError };

const NOBODY: MemberDifference = { added: [], removed: [] };

/** PURE. @param held the members as far as the change must know them */
export function decideGroup(current: GroupRow | undefined, held: readonly HeldMember[], intent: GroupIntent, context: GroupContext): GroupDecision {
  try {
    return decided(current, held, intent, context);
  } catch (error) {
    if (error instanceof ScimError) return { kind: 'refused', error };
    throw error;
  }
}

function decided(current: GroupRow | undefined, held: readonly HeldMember[], intent: GroupIntent, context: GroupContext): GroupDecision {
  const { change } = intent;
  const cause: Cause = { operation: change.kind, at: context.now, by: intent.by, correlationId: intent.correlationId };
  const difference = () => memberDifference(held, stepsOf(change), intent.leniency?.missingTarget ?? false);
  if (change.kind === 'create') return { kind: 'changed', next: newRow(change.group, cause, context), members: difference(), renamed: false };
  if (!current || current.presence === 'absent') throw ScimError.plain(404, 'There is no group with this id.');
  checkVersion(current, intent.ifMatch);
  const next = { ...current, generation: nextGeneration(context.epoch, current.generation), cause, modified: context.now };
  if (change.kind === 'delete') return { kind: 'changed', next: { ...next, presence: 'absent' }, members: NOBODY, renamed: false };
  const members = difference();
  const group = groupAfter(current.group, change, context.model);
  const moved = members.added.length + members.removed.length > 0;
  if (!moved && sameJson(group, current.group)) return { kind: 'unchanged', row: current };
  return { kind: 'changed', next: { ...next, group }, members, renamed: group.displayName !== current.group.displayName };
}

function groupAfter(held: Group, change: Extract<GroupChange, { kind: 'replace' | 'patch' }>, model: ResourceModel): Group {
  if (change.kind === 'replace') return change.group;
  return change.patch.operations.length === 0 ? held : applyGroupPatch(held, change.patch.operations, model);
}

function newRow(group: Group, cause: Cause, { epoch, newId, now }: GroupContext): GroupRow {
  return { id: newId(), generation: nextGeneration(epoch, undefined), presence: 'active', group, source: cause.by, cause, created: now, modified: now };
}
