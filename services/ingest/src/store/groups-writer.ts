import { appendOutbox, readEpoch } from '@rolebridge/persistence';
import type { Database, Sql } from '@rolebridge/persistence';
import { ScimError } from '@rolebridge/scim';
import type { MemberType, ResourceModel } from '@rolebridge/scim';
import { keyReused, refusalOf } from '../decide/answer.ts';
import type { GroupAnswer } from '../decide/answer.ts';
import { decideGroup } from '../decide/decide-group.ts';
import type { GroupDecision } from '../decide/decide-group.ts';
import type { GroupIntent } from '../decide/group-change.ts';
import { neededMembers } from '../decide/group-members.ts';
import type { MemberDifference } from '../decide/group-members.ts';
import { groupRecord } from '../decide/group-record.ts';
import { appendFanOut, concernedUsers } from './groups-fan-out.ts';
import { endMembership, existing, heldMembers, writeMembers } from './groups-members.ts';
import { lockGroup, saveGroup } from './groups.store.ts';
import { recallOutcomes, rememberOutcomes } from './idempotency.store.ts';
import type { Delivery } from './idempotency.store.ts';

/** A change of a group that a caller waits for. */
export interface GroupCommand extends GroupIntent {
  readonly delivery?: Delivery;
}

export interface GroupWriterParts {
  /** Connections of its own: a large group must not keep single users waiting. */
  readonly database: Database;
  readonly settings: { readonly groupModel: ResourceModel; readonly groupTopic: string; readonly idempotencyHours: number };
  readonly now: () => Date;
  readonly newId: () => string;
  /** Told after a commit: users may have to be raised. */
  readonly changed: () => void;
}

export interface GroupWriter {
  /** Answers once the outcome is committed: group, membership, and the note of whom it concerns, in one transaction (L7). */
  accept(command: GroupCommand): Promise<GroupAnswer>;
}

export function groupWriter(parts: GroupWriterParts): GroupWriter {
  return {
    accept: async (command) => {
      const answer = await parts.database.transaction((sql) => writeOnce(sql, parts, command));
      parts.changed();
      return answer;
    },
  };
}

async function writeOnce(sql: Sql, parts: GroupWriterParts, command: GroupCommand): Promise<GroupAnswer> {
  const { delivery } = command;
  if (!delivery) return write(sql, parts, command);
  const first = (await recallOutcomes<GroupAnswer>(sql, [delivery.scope])).get(delivery.scope);
  if (first) return first.bodyHash === delivery.bodyHash ? first.answer : keyReused();
  const answer = await write(sql, parts, command);
  await rememberOutcomes(sql, [{ ...delivery, answer }], parts.settings.idempotencyHours);
  return answer;
}

async function write(sql: Sql, parts: GroupWriterParts, command: GroupCommand): Promise<GroupAnswer> {
  const { settings, now, newId } = parts;
  const current = command.groupId === undefined ? undefined : await lockGroup(sql, command.groupId);
  const held = current ? await heldMembers(sql, current.id, neededMembers(command.change)) : [];
  const context = { model: settings.groupModel, epoch: await readEpoch(sql), now: now().toISOString(), newId };
  const decision = decideGroup(current, held, command, context);
  if (decision.kind === 'refused') return refusalOf(decision.error);
  if (decision.kind === 'unchanged') return { kind: 'done', row: decision.row };
  const members = await checked(sql, decision, command);
  if (members instanceof ScimError) return refusalOf(members);
  await save(sql, parts, decision, members);
  return { kind: 'done', row: decision.next };
}

type Changed = Extract<GroupDecision, { kind: 'changed' }>;

interface CheckedMembers extends MemberDifference {
  readonly kinds: ReadonlyMap<string, MemberType>;
}

/** Only who is there can become a member; a group cannot be in itself. */
async function checked(sql: Sql, { members, next }: Changed, { change, leniency }: GroupCommand): Promise<CheckedMembers | ScimError> {
  const kinds = members.added.length === 0 ? new Map<string, MemberType>() : await existing(sql, members.added.map(({ value }) => value));
  const added = members.added.filter(({ value }) => kinds.has(value) && value !== next.id);
  const unknown = members.added.length - added.length;
  const lenient = change.kind === 'patch' && leniency?.unknownMembers === true;
  if (unknown > 0 && !lenient) return ScimError.of('invalidValue', `Attribute members names ${unknown} that cannot be a member: there is no such user or group, or it is the group itself.`);
  return { added, removed: members.removed, kinds };
}

async function save(sql: Sql, { settings }: GroupWriterParts, decision: Changed, members: CheckedMembers): Promise<void> {
  const { next } = decision;
  const gone = next.presence === 'absent';
  // whom a deleted or renamed group concerns is read before its members go
  const all = gone || decision.renamed ? await concernedUsers(sql, { users: [], groups: [next.id] }) : [];
  await saveGroup(sql, next);
  if (gone) await endMembership(sql, next.id);
  else await writeMembers(sql, next.id, members, members.kinds);
  const touched = await touchedUsers(sql, members);
  await appendFanOut(sql, next.id, [...new Set([...all, ...touched])], next.cause);
  await appendOutbox(sql, [groupRecord(next, settings.groupTopic)]);
}

/** Users who came or went, themselves or with a group. */
async function touchedUsers(sql: Sql, { added, removed, kinds }: CheckedMembers): Promise<readonly string[]> {
  const all = new Map([...kinds, ...(await existing(sql, removed))]);
  const moved = [...added.map(({ value }) => value), ...removed];
  return concernedUsers(sql, { users: moved.filter((value) => all.get(value) === 'User'), groups: moved.filter((value) => all.get(value) === 'Group') });
}
