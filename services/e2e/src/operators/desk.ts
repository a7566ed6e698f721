import type { DeadLetterSummary } from '@rolebridge/contracts';
import { eventually } from '../proxy-life/world.ts';
import type { Night, OperatorName } from './night.ts';

/** Why an order is given. */
export const WHY = ['--reason', 'Ticket 4711.'];

/** A command, its exit code, and a sentence that it must say. */
export type Case = readonly [who: OperatorName, argv: string, code: number, sentence: string];

/** What operators see of a night, and what the tables and the target hold. */
export class Desk {
  readonly #night: Night;

  constructor(night: Night) {
    this.#night = night;
  }

  /** What a command prints with `--json`. */
  async json<T>(who: OperatorName, ...argv: readonly string[]): Promise<T> {
    const { code, out, err } = await this.#night.rolebridge(who, ...argv, '--json');
    expect({ argv, code, err }).toEqual({ argv, code: 0, err: '' });
    return JSON.parse(out) as T; // printed by our own command
  }

  async letters(...filters: readonly string[]): Promise<readonly DeadLetterSummary[]> {
    return (await this.json<{ readonly letters: readonly DeadLetterSummary[] }>('watcher', 'dead-letters', 'list', ...filters)).letters;
  }

  /** Logins of the people of open letters. */
  async whose(...filters: readonly string[]): Promise<readonly string[]> {
    return (await this.letters(...filters)).map(({ userId }) => this.#night.loginOf(userId)).toSorted();
  }

  /** The newest letter of somebody. */
  async letterOf(login: string): Promise<string> {
    return (await this.letters('--all')).find(({ userId }) => userId === this.#night.idOf(login))?.id ?? 'none';
  }

  /** Rows of a table or a query; the schema of the connector needs no name. */
  async count(from: string): Promise<number> {
    return (await this.#night.database.query<{ n: number }>(`select count(*)::int as n from ${from}`))[0]?.n ?? -1;
  }

  /** Who has an account at the target, and whether it is active. */
  async accounts(): Promise<Readonly<Record<string, boolean>>> {
    return Object.fromEntries((await this.#night.fieldglass()).users.map(({ userName, active }) => [userName, active]));
  }

  /** Nothing is under way at the connector. */
  settled(): Promise<void> {
    return eventually(async () => (await this.count(`link where state in ('pending', 'applying')`)) === 0);
  }

  /** All that an order without effect must leave as it is: links, letters, and what the target was told to do. */
  async everything(): Promise<unknown> {
    await this.settled();
    const links = await this.#night.database.query('select user_id, state, attempt, redrives, newest_seen, applied, account_id from link order by user_id');
    const letters = await this.#night.database.query('select id, closed_as, redrives from dead_letter order by id');
    return { links, letters, effects: (await this.#night.fieldglass()).effects };
  }

  /** Types each with a reason, two at a time: each must end with its exit code and its sentence, and nothing may have changed. */
  async expectHarmless(cases: readonly Case[]): Promise<void> {
    const before = await this.everything();
    const left = [...cases];
    const typist = async (): Promise<void> => {
      for (let next = left.shift(); next; next = left.shift()) {
        const [who, argv, code, sentence] = next;
        const told = await this.#night.rolebridge(who, ...argv.split(' '), ...WHY);
        expect([argv, told.code, told.out + told.err]).toEqual([argv, code, expect.stringContaining(sentence)]);
      }
    };
    await Promise.all([typist(), typist()]);
    expect(await this.everything()).toEqual(before);
  }
}
