import { randomUUID } from 'node:crypto';
import { type DesiredAccount, GENERATIONS_PER_EPOCH, type IncomingRecord, toHeaders, TOPICS } from '@rolebridge/contracts';
import * as fc from 'fast-check';
import { withAttempt } from '../decide/attempted.ts';
import { takeWishes } from '../inbound/take-wishes.ts';
import { person, Workbench } from '../test/workbench.ts';
import { complete, type Completion } from './completion.ts';
import { type ClaimedLink, linkStore } from './link-store.ts';

const USERS = 3;
/** Two systems hear the same: one in batches that are taken at the same time, the other wish by wish. */
const SYSTEMS = ['batched', 'single'] as const;
type Which = (typeof SYSTEMS)[number];

type Fate = 'applied' | 'in doubt' | 'refused';
type Happening =
  | { readonly kind: 'wishes'; readonly batches: readonly (readonly Told[])[] }
  | { readonly kind: 'begin' }
  | { readonly kind: 'end'; readonly fate: Fate };

interface Told {
  readonly user: number;
  readonly generation: number;
}

const told = fc.record({ user: fc.nat(USERS - 1), generation: fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 4 })).map(([epoch, n]) => epoch * GENERATIONS_PER_EPOCH + n) });
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wishes' as const), batches: fc.array(fc.array(told, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 3 }) }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'begin' as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('end' as const), fate: fc.constantFrom<Fate>('applied', 'in doubt', 'refused') }) },
);

/** What a link says of its wish and of what was sent; not when it is due. */
interface Row {
  readonly user: number;
  /** The wish of the last attempt. */
  readonly begun: number | undefined;
  readonly newest: number;
  readonly desired: DesiredAccount;
  readonly state: string;
  readonly attempt: number;
  readonly applied: number | null;
  readonly lastApplied: object | null;
  readonly attempted: readonly object[];
}

const pictureOf = ({ desired }: Pick<ClaimedLink, 'desired'>): object => ({ title: desired.attributes.title });

class Play {
  readonly newest = new Map<number, number>();
  readonly #bench: Workbench;
  readonly #people = Array.from({ length: USERS }, () => person());
  readonly #begun = new Map<string, number>();
  readonly #held = new Map<Which, readonly ClaimedLink[]>();
  /** Nobody else's links are due there. */
  readonly #names = { batched: `batched-${randomUUID().slice(0, 8)}`, single: `single-${randomUUID().slice(0, 8)}` };

  constructor(bench: Workbench) {
    this.#bench = bench;
  }

  async happen(what: Happening): Promise<void> {
    if (what.kind === 'wishes') return this.#hear(what.batches);
    for (const system of SYSTEMS) await (what.kind === 'begin' ? this.#begin(system) : this.#end(system, what.fate));
  }

  async #hear(batches: readonly (readonly Told[])[]): Promise<void> {
    for (const { user, generation } of batches.flat()) this.newest.set(user, Math.max(generation, this.newest.get(user) ?? 0));
    await Promise.all(batches.map((batch) => this.#take('batched', batch)));
    for (const one of batches.flat()) await this.#take('single', [one]);
  }

  #take(which: Which, batch: readonly Told[]): Promise<void> {
    const system = this.#names[which];
    const take = takeWishes({ system, consumer: system, topicPrefix: '', serviceVersion: 'test', database: this.#bench.database, wake: () => undefined });
    return take({ consumer: system, records: batch.map((one) => this.#record(system, one)), offsets: [] });
  }

  #record(system: string, { user, generation }: Told): IncomingRecord {
    const desired = { ...this.#person(user).wish({ generation }), system };
    const headers = toHeaders({ source: '/test', type: TOPICS.desiredAccount.eventType, subject: desired.userId, time: new Date(0).toISOString(), correlationid: 'c' });
    return { topic: system, partition: 0, offset: 0, timestamp: 0, key: desired.userId, value: Buffer.from(JSON.stringify(desired)), headers };
  }

  /** Everything that is due is claimed and announced. */
  async #begin(which: Which): Promise<void> {
    const system = this.#names[which];
    const store = linkStore(this.#bench.database, { system, leaseMs: 60_000, settleMs: 0 });
    const claimed = await store.claim(USERS, randomUUID(), false);
    await store.announce(claimed.map((link) => ({ link, attempted: withAttempt(link.attempted, pictureOf(link)), accountKey: link.userId, accountId: null })));
    for (const { userId, generation } of claimed) this.#begun.set(userId, generation);
    this.#held.set(which, [...(this.#held.get(which) ?? []), ...claimed]);
  }

  /** Everything that was begun ends, each for the wish it was begun with. */
  async #end(which: Which, fate: Fate): Promise<void> {
    const ends = (this.#held.get(which) ?? []).map((link): Completion => ({
      link,
      state: fate === 'applied' ? 'applied' : fate === 'refused' ? 'rejected' : 'pending',
      ...(fate === 'applied' ? { applied: pictureOf(link) } : {}),
      attempted: fate === 'refused' ? link.attempted : null,
      accountKey: link.userId, accountId: null, owned: true, sent: pictureOf(link), attempt: fate === 'in doubt' ? link.attempt + 1 : 0, delayMs: 0, unsettled: false, verifyInMs: null,
      settingsHash: 'v1', waitingOn: null, failure: null, shadowPlan: null,
    }));
    this.#held.delete(which);
    await this.#bench.database.transaction((sql) => complete(sql, this.#names[which], ends, { verifyMs: 0, settleMs: 0 }));
  }

  async rows(which: Which): Promise<readonly Row[]> {
    const rows = await this.#bench.database.query<Omit<Row, 'user' | 'begun'> & { readonly id: string }>(
      'select user_id as id, newest_seen as newest, desired, state, attempt, applied, last_applied as "lastApplied", attempted from link where system = $1 order by user_id',
      [this.#names[which]],
    );
    return rows.map(({ id, ...row }) => ({ ...row, desired: { ...row.desired, system: '' }, begun: this.#begun.get(id), user: this.#people.findIndex(({ userId }) => userId === id) }));
  }

  #person(at: number): ReturnType<typeof person> {
    return this.#people[at] ?? person();
  }
}

/** Pictures leave the memory only when a later one is applied, or when the attempt that brought them surely had no effect. */
function neverStepsBack(before: Row | undefined, after: Row, what: Happening): void {
  expect(after.newest).toBeGreaterThanOrEqual(before?.newest ?? 0);
  expect(after.applied ?? 0).toBeGreaterThanOrEqual(before?.applied ?? 0);
  expect(after.lastApplied).toEqual(after.applied === null ? null : { title: `#${after.applied}` });
  if (what.kind === 'wishes' && after.newest === before?.newest) expect(after).toEqual(before);
  if (what.kind === 'wishes' || (what.kind === 'end' && what.fate === 'in doubt')) expect(after.attempted).toEqual(before?.attempted ?? []);
  if (what.kind === 'begin') expect(after.attempted).toEqual(expect.arrayContaining([...(before?.attempted ?? [])]));
  if (after.state === 'applied') expect(after.applied).toBe(after.newest);
  if (after.state === 'rejected' && before?.state === 'applying') expect(after.newest).toBe(after.begun);
}

describe('the fence, as the database keeps it', () => {
  let bench: Workbench;
  beforeAll(async () => (bench = await Workbench.open()));
  afterAll(() => bench.close());

  test('the highest generation stays, what was applied or attempted never steps back, and batches at the same time end as one by one (D1, D3)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { minLength: 3, maxLength: 14 }), async (happenings) => {
        const play = new Play(bench);
        let before: readonly Row[] = [];
        for (const what of happenings) {
          await play.happen(what);
          const after = await play.rows('batched');
          expect(new Map(after.map(({ user, newest }) => [user, newest]))).toEqual(play.newest);
          for (const row of after) {
            expect(row.desired.generation).toBe(row.newest);
            neverStepsBack(before.find(({ user }) => user === row.user), row, what);
          }
          expect(after).toEqual(await play.rows('single'));
          before = after;
        }
      }),
      { numRuns: 40, endOnFailure: true },
    );
  }, 60_000);
});
