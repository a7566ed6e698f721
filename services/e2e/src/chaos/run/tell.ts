import { setTimeout as sleep } from 'node:timers/promises';
import { eventsOf } from '../stories/events.ts';
import { requestOf } from '../stories/scim.ts';
import type { Change, Story } from '../stories/story.ts';
import type { EventSender } from './event-sender.ts';

export interface Telling {
  /** e.g. `http://127.0.0.1:8080`. */
  readonly frontDoor: string;
  readonly token: string;
  /** When the run began, milliseconds since the epoch. */
  readonly startMs: number;
  /** Makes keys of this run different from those of any other. */
  readonly seed: number;
  readonly signal: AbortSignal;
  /** Ids of people who joined before. */
  readonly ids?: ReadonlyMap<string, string>;
  /** Whether the database went back to a backup: then a repeated request may be answered as if it came for the first time. */
  readonly answersMayBeForgotten?: () => boolean;
  /** For strands that are told by topic. */
  readonly topic?: { readonly topicPrefix: string; readonly sender: EventSender };
}

/** What the identity system knows after having told its story. */
export interface Told {
  /** Internal ids by employee number. */
  readonly ids: ReadonlyMap<string, string>;
  /** Changes that were accepted. */
  readonly accepted: number;
  /** Requests that were sent again because the answer was lost or said "later". */
  readonly repeats: number;
  /** Sentences: what the front door answered wrongly. */
  readonly problems: readonly string[];
}

const PAUSE_MS = 250;
const ACCEPTED_WITHIN_MS = 600_000;
const AT_ONCE_MS = 20;

/** Tells all strands at once, each in its order. A change is repeated under the same key until it is accepted, as identity systems do. */
export async function tell(story: Story, telling: Telling): Promise<Told> {
  const teller = new Teller(telling);
  await Promise.all(story.strands.map(({ by, changes }) => (by === 'topic' ? teller.publishStrand(changes) : teller.tellStrand(changes))));
  return teller.told();
}

class Teller {
  readonly #telling: Telling;
  readonly #ids: Map<string, string>;
  readonly #problems: string[] = [];
  #accepted = 0;
  #repeats = 0;

  constructor(telling: Telling) {
    this.#telling = telling;
    this.#ids = new Map(telling.ids);
  }

  told(): Told {
    return { ids: this.#ids, accepted: this.#accepted, repeats: this.#repeats, problems: this.#problems };
  }

  async tellStrand(changes: readonly Change[]): Promise<void> {
    for (const change of changes) {
      await sleep(Math.max(0, this.#telling.startMs + change.atMs - Date.now()), undefined, { signal: this.#telling.signal });
      const answer = await this.#untilAccepted(change);
      if (!answer.ok) {
        this.#problems.push(`change ${change.number} (${change.kind} of ${change.person}): the front door answered ${answer.status} ${(await answer.text()).slice(0, 200)}`);
        return; // what follows builds on it
      }
      this.#accepted += 1;
      await this.#noteId(change, answer);
    }
  }

  /** Some events come twice; where two follow each other at once, the later comes first. */
  async publishStrand(changes: readonly Change[]): Promise<void> {
    const { topic, seed, startMs, signal } = this.#telling;
    if (!topic) throw new Error('A strand is told by topic, and there is no sender.');
    const events = eventsOf(changes, { topicPrefix: topic.topicPrefix, seed, startMs });
    for (const [index, change] of changes.entries()) {
      await sleep(Math.max(0, startMs + change.atMs - Date.now()), undefined, { signal });
      const swapped = (changes[index + 1]?.atMs ?? Infinity) - change.atMs < AT_ONCE_MS;
      const again = change.number % 3 === 0 ? events.slice(Math.max(0, index - 1), index) : [];
      await topic.sender.send([...(swapped ? events.slice(index + 1, index + 2) : []), ...events.slice(index, index + 1), ...again]);
      this.#accepted += 1;
    }
  }

  async #untilAccepted(change: Change): Promise<Response> {
    for (let repeats = 0, end = Date.now() + ACCEPTED_WITHIN_MS; ; repeats += 1, this.#repeats += 1) {
      const answer = await this.#send(change).catch(() => undefined);
      if (answer && answer.status !== 429 && answer.status !== 503) return repeats > 0 ? await this.#asDoneBefore(change, answer) : answer;
      this.#telling.signal.throwIfAborted();
      if (Date.now() > end) return answer ?? new Response('no answer at all', { status: 599 });
      await sleep(PAUSE_MS, undefined, { signal: this.#telling.signal });
    }
  }

  /** As identity systems do: whoever is there already is looked up, whoever is gone already is gone. */
  async #asDoneBefore({ after }: Change, answer: Response): Promise<Response> {
    if (!this.#telling.answersMayBeForgotten?.()) return answer;
    if (after === null) return answer.status === 404 ? new Response(null) : answer;
    return answer.status === 409 ? this.#lookUp(after.login) : answer;
  }

  async #lookUp(login: string): Promise<Response> {
    const { frontDoor, token, signal } = this.#telling;
    const found = await fetch(`${frontDoor}/scim/v2/Users?filter=${encodeURIComponent(`userName eq "${login}"`)}`, { headers: { authorization: `Bearer ${token}` }, signal });
    const { Resources = [] } = (await found.json()) as { readonly Resources?: readonly object[] }; // a SCIM list
    const [user] = Resources;
    return user ? Response.json(user) : new Response(`nobody has the login ${login}`, { status: 409 });
  }

  #send(change: Change): Promise<Response> {
    const { frontDoor, token, startMs, seed, signal } = this.#telling;
    const { method, path, body } = requestOf(change, startMs);
    return fetch(`${frontDoor}/scim/v2${path.replace('{id}', this.#ids.get(change.person) ?? 'unknown')}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json', 'idempotency-key': `chaos-${seed}-${change.number}` },
      signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  async #noteId({ kind, person, number }: Change, answer: Response): Promise<void> {
    if (kind !== 'joiner' && kind !== 'rehire') return;
    const { id } = (await answer.json()) as { readonly id: string }; // the SCIM resource
    const before = this.#ids.get(person);
    if (before !== undefined && before !== id) this.#problems.push(`change ${number}: ${person} came back with the same employee number but was given a new id`);
    this.#ids.set(person, id);
  }
}
