import type { ProxySettings } from '@rolebridge/landscape';
import type { Caller } from '@rolebridge/access';
import type { Database } from '@rolebridge/persistence';
import { ScimError } from '@rolebridge/scim';
import { fateOf } from '../decide/proxy-fate.ts';
import type { Fate } from '../decide/proxy-fate.ts';
import { ProxyBook } from '../decide/proxy-book.ts';
import { readProxyRows } from '../store/proxy-rows.store.ts';
import type { Written } from '../store/proxy-writer.ts';
import type { Wakers } from './wakers.ts';

/** Header that says how far a write has come: `accepted`, `applied`, `pending`, `held`, `waiting`. */
export const STATE_HEADER = 'rolebridge-state';

/** How a write is answered. */
export interface WriteAnswer {
  readonly state: 'accepted' | 'applied' | 'pending' | 'held' | 'waiting';
  /** 202 = stored, not applied yet; nothing is lost. */
  readonly status: number;
}

export interface Question {
  readonly system: string;
  readonly caller: Caller;
  readonly settings: ProxySettings;
  /** Of success. */
  readonly status: number;
}

/** Another instance may have read the outcome: looked at this often at least, milliseconds. */
const LOOK_MS = 500;

/** Answers at once, or waits for what the target says, as the caller or the system is set (L15). */
export class ProxyAnswers {
  readonly #database: Database;
  readonly #wakers: Wakers;
  readonly #monotonicMs: () => number;

  constructor(database: Database, wakers: Wakers, monotonicMs: () => number) {
    this.#database = database;
    this.#wakers = wakers;
    this.#monotonicMs = monotonicMs;
  }

  /** @throws ScimError 400 with what the target said, when it refused; the request stays stored */
  async answer(written: Written, question: Question): Promise<WriteAnswer> {
    const { caller, settings, status } = question;
    if ((caller.answer ?? settings.answer) === 'accepted') return { state: 'accepted', status };
    const fate = await this.#fate(written, question);
    if (fate.kind === 'refused') throw refused(question.system, fate);
    const done = fate.kind === 'applied' || fate.kind === 'accepted';
    return { state: fate.kind, status: done ? status : 202 };
  }

  async #fate(written: Written, { system, settings }: Question): Promise<Fate> {
    const end = this.#monotonicMs() + settings.waitMs;
    for (;;) {
      const woken = this.#wakers.next(written.userId);
      const row = new ProxyBook(system, await readProxyRows(this.#database, system, [written.id])).byId(written.id);
      const fate = fateOf(row, written.generation);
      const leftMs = end - this.#monotonicMs();
      if (fate.kind !== 'pending' || leftMs <= 0) {
        woken.cancel();
        return fate;
      }
      await woken.within(Math.min(leftMs, LOOK_MS));
    }
  }
}

/** The outer status does not equal the inner one: errors of the back end are wrapped (systems sheet of the proxy API, §7). */
function refused(system: string, fate: Fate): ScimError {
  const { code, message } = fate.failure ?? { code: 'refused', message: 'It gave no reason.' };
  return ScimError.of('invalidValue', `The change is stored, but the system ${system} did not take it (${code}): ${message}`);
}
