import type { UserId } from '@rolebridge/contracts';
import { appendOutbox, coalesce, isUniqueViolation, readEpoch } from '@rolebridge/persistence';
import type { Database, Sql } from '@rolebridge/persistence';
import type { UserModel } from '@rolebridge/scim';
import { answerOf, keyReused, refusalOf } from '../decide/answer.ts';
import type { Answer } from '../decide/answer.ts';
import type { Intent } from '../decide/change.ts';
import { nameTaken } from '../decide/decide.ts';
import { WorkingSet } from '../decide/working-set.ts';
import type { WorkingSettings } from '../decide/working-set.ts';
import { recallOutcomes, rememberOutcomes } from './idempotency.store.ts';
import type { Delivery, Remembered } from './idempotency.store.ts';
import { lookupOf } from './lookup.ts';
import { keepOldIds } from './old-ids.store.ts';
import type { OldId } from './old-ids.store.ts';
import { lockConcerned, saveUsers, USER_NAME_INDEX } from './users.store.ts';

/** A change that a caller waits for. */
export interface Command extends Intent {
  readonly delivery?: Delivery;
  /** The id by which the caller will know this person from now on. */
  readonly oldId?: OldId;
  /** Monotonic milliseconds; after this nobody waits any more and the command is not begun. */
  readonly deadlineMs: number;
}

export interface WriterSettings extends WorkingSettings {
  readonly model: UserModel;
  /** How long first outcomes of keyed deliveries are kept. */
  readonly idempotencyHours: number;
}

export interface WriterParts {
  readonly database: Database;
  readonly settings: WriterSettings;
  readonly now: () => Date;
  readonly monotonicMs: () => number;
  readonly newId: () => UserId;
}

/** The caller has stopped waiting before the command was begun; nothing was written. */
export class TooLateError extends Error {
  override readonly name = 'TooLateError';
}

export interface ChangeWriter {
  /** Answers once the outcome is committed. Rejects when it is not: with {@link TooLateError} or a database error. */
  accept(command: Command): Promise<Answer>;
  /** Commands that are waiting or being written. */
  readonly pending: number;
  /** Resolves when nothing is waiting or running. */
  drain(): Promise<void>;
}

/**
 * The one way in for callers: commands that arrive together share a transaction that locks the users concerned, judges each command
 * in order of arrival, writes rows, outbox and first outcomes, and commits before anybody is answered.
 */
export function changeWriter(parts: WriterParts): ChangeWriter {
  const accept = coalesce<Command, Answer>((commands) => flush(parts, commands));
  const state = { pending: 0 };
  return {
    get pending() {
      return state.pending;
    },
    accept: async (command) => {
      state.pending += 1;
      try {
        return await accept(command);
      } finally {
        state.pending -= 1;
      }
    },
    drain: () => accept.drain(),
  };
}

async function flush(parts: WriterParts, commands: readonly Command[]): Promise<readonly (Answer | Error)[]> {
  const nowMs = parts.monotonicMs();
  const inTime = commands.filter(({ deadlineMs }) => deadlineMs > nowMs);
  const answers = new Map(inTime.length === 0 ? [] : zip(inTime, await writeAll(parts, inTime)));
  return commands.map((command) => answers.get(command) ?? new TooLateError('The caller has stopped waiting.'));
}

/**
 * Another instance may have taken a login or a key since we looked: the second look sees it. A single command that fails
 * twice meets a login in a way that cannot be looked up beforehand.
 */
async function writeAll(parts: WriterParts, commands: readonly Command[]): Promise<readonly Answer[]> {
  const write = () => parts.database.transaction((sql) => writeIn(sql, parts, commands));
  try {
    return await write();
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
  }
  try {
    return await write();
  } catch (error) {
    if (commands.length === 1 && isUniqueViolation(error, USER_NAME_INDEX)) return [refusalOf(nameTaken())];
    throw error;
  }
}

async function writeIn(sql: Sql, parts: WriterParts, commands: readonly Command[]): Promise<readonly Answer[]> {
  const { settings, newId, now } = parts;
  const seen = await recallOutcomes<Answer>(sql, commands.flatMap(({ delivery }) => delivery?.scope ?? []));
  const rows = await lockConcerned(sql, lookupOf(commands, settings.returnByUserName));
  const users = new WorkingSet(rows, { model: settings.model, epoch: await readEpoch(sql), now: now().toISOString(), newId }, settings);
  const { answers, fresh } = judge(commands, users, seen);
  await saveUsers(sql, users.changed);
  await keepOldIds(sql, oldIdsOf(zip(commands, answers)));
  await appendOutbox(sql, users.records);
  await rememberOutcomes(sql, fresh, settings.idempotencyHours);
  return answers;
}

function oldIdsOf(told: readonly (readonly [Command, Answer])[]): readonly (OldId & { readonly userId: UserId })[] {
  return told.flatMap(([{ oldId }, answer]) => (oldId && answer.kind === 'done' ? [{ ...oldId, userId: answer.row.id }] : []));
}

type Fresh = Delivery & { readonly answer: Answer };

function judge(commands: readonly Command[], users: WorkingSet, seen: ReadonlyMap<string, Remembered<Answer>>): { readonly answers: readonly Answer[]; readonly fresh: readonly Fresh[] } {
  const known = new Map(seen);
  const fresh: Fresh[] = [];
  const answers = commands.map((command) => {
    const { delivery } = command;
    const first = delivery && known.get(delivery.scope);
    if (first) return first.bodyHash === delivery.bodyHash ? first.answer : keyReused();
    const answer = answerOf(users.accept(command));
    if (delivery) {
      known.set(delivery.scope, { bodyHash: delivery.bodyHash, answer });
      fresh.push({ ...delivery, answer });
    }
    return answer;
  });
  return { answers, fresh };
}

function zip<A, B>(left: readonly A[], right: readonly B[]): [A, B][] {
  return left.flatMap((item, at): [A, B][] => {
    const other = right[at];
    return other === undefined ? [] : [[item, other]];
  });
}
