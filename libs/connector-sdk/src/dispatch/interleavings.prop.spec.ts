import * as fc from 'fast-check';
import { DEFAULT_PATIENCE } from '../decide/verdict.ts';
import type { SystemRuntime } from '../dispatch/system-runtime.ts';
import { redriveNewest } from '../store/redrive.ts';
import { type Change, person, Workbench } from '../test/workbench.ts';

const PATIENT = { ...DEFAULT_PATIENCE, backoff: { firstMs: 2, factor: 1.3, capMs: 10 }, maxAttempts: 10_000, waitingFirstMs: 5, waitingCapMs: 10 };
const USERS = 4;

/** What may happen, in any order. */
type Happening =
  | { readonly kind: 'wishes'; readonly wishes: readonly (readonly [user: number, generation: number])[] }
  | { readonly kind: 'faults'; readonly faults: readonly Fault[] }
  | { readonly kind: 'start' | 'stop' | 'leases end' | 'pause' }
  | { readonly kind: 'redrive'; readonly user: number };

type Fault = 'before' | 'after' | 'slow' | 'fine';

/** Content of a wish, from its number alone: the same number is the same wish. */
function contentOf(generation: number): Change {
  const presence = (['active', 'active', 'active', 'disabled', 'absent'] as const)[generation % 5] ?? 'active';
  return { generation, presence, units: [String(100 * (generation % 3)), String(100 * (generation % 4))] };
}

const user = fc.integer({ min: 0, max: USERS - 1 });
const wishes = fc.array(fc.tuple(user, fc.integer({ min: 1, max: 12 })), { minLength: 1, maxLength: 8 });
const happening = (kinds: readonly ('start' | 'stop' | 'leases end' | 'pause')[]): fc.Arbitrary<Happening> =>
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('wishes' as const), wishes }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('faults' as const), faults: fc.array(fc.constantFrom<Fault>('before', 'after', 'slow', 'slow', 'fine'), { maxLength: 12 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('redrive' as const), user }) },
    { weight: 3, arbitrary: fc.constantFrom(...kinds).map((kind) => ({ kind })) },
  );

class Play {
  readonly people = Array.from({ length: USERS }, () => person());
  readonly newest = new Map<number, number>();
  readonly #running: SystemRuntime[] = [];
  readonly #bench: Workbench;
  readonly #oneWay: boolean;

  constructor(bench: Workbench, oneWay: boolean) {
    this.#bench = bench;
    this.#oneWay = oneWay;
  }

  async happen(what: Happening): Promise<void> {
    switch (what.kind) {
      case 'wishes':
        return this.#wish(what.wishes);
      case 'faults':
        return this.#misbehave(what.faults);
      case 'start':
        return this.start();
      case 'stop':
        return this.#stop();
      case 'leases end':
        await this.#bench.database.query(`update link set not_before = now(), settle_until = now() where state = 'applying'`);
        return;
      case 'pause':
        return new Promise((resolve) => setTimeout(resolve, 15));
      case 'redrive':
        await redriveNewest(this.#bench.database, { system: 'directory', userId: this.people[what.user]?.userId ?? '' }, { by: 'test', reason: 'test' });
        this.#bench.wake();
    }
  }

  async start(): Promise<void> {
    if (this.#running.length < 3) this.#running.push(await this.#bench.run({ patience: PATIENT, settleMs: 10, leaseMs: 300, oneWay: this.#oneWay, brake: { windowMs: 1, share: 1, fromAccounts: 1, count: 1000 } }));
  }

  async #stop(): Promise<void> {
    const runtime = this.#running.shift();
    if (runtime) await this.#bench.stop(runtime);
  }

  async #wish(all: readonly (readonly [number, number])[]): Promise<void> {
    for (const [at, generation] of all) {
      this.newest.set(at, Math.max(generation, this.newest.get(at) ?? 0));
      const wished = this.people[at]?.wish(contentOf(generation));
      if (wished) await this.#bench.wish(wished);
    }
  }

  #misbehave(faults: readonly Fault[]): Promise<void> {
    const queue = [...faults];
    this.#bench.directory.mischief = async () => {
      const next = queue.shift();
      if (next === 'slow') await new Promise((resolve) => setTimeout(resolve, 40));
      return next === 'before' || next === 'after' ? next : undefined;
    };
    return Promise.resolve();
  }

  /** Nothing goes wrong any more: everything must come true. */
  async calm(): Promise<void> {
    this.#bench.directory.mischief = () => undefined;
    await this.start();
    this.#bench.wake();
    const open = `select 1 from link where state not in ('applied', 'unchanged', 'accepted') or applied is distinct from newest_seen or verify_at is not null limit 1`;
    await this.#bench.until(async () => (await this.#bench.database.query(open)).length === 0);
  }
}

async function play(happenings: readonly Happening[], oneWay: boolean, check: (bench: Workbench, played: Play) => void): Promise<void> {
  const bench = await Workbench.open();
  const played = new Play(bench, oneWay);
  try {
    await played.start();
    for (const what of happenings) await played.happen(what);
    await played.calm();
    check(bench, played);
  } finally {
    await bench.close();
  }
}

/** Every account is as the newest wish says; nobody has two, nobody has any who never should. */
function isTrue(bench: Workbench, { people, newest }: Play): void {
  for (const [at, one] of people.entries()) {
    const accounts = [...bench.directory.accounts.values()].filter(({ key }) => key === one.userName);
    const wished = newest.has(at) ? contentOf(newest.get(at) ?? 0) : undefined;
    expect(accounts.length).toBeLessThanOrEqual(1);
    if (wished?.presence === 'active') expect(accounts[0]).toMatchObject({ active: true, units: [...new Set(wished.units)].toSorted(), title: `#${wished.generation}` });
    else expect(accounts.filter(({ active, units }) => active || units.length > 0)).toEqual([]);
  }
}

/** Numbers of one user's effects, in order. */
const numbersOf = (bench: Workbench, userName: string): readonly number[] => bench.directory.effects.filter((effect) => effect.startsWith(`${userName} `)).map((effect) => Number(effect.split('#')[1]));

const RUNS = { numRuns: 10, endOnFailure: true };

describe.each([{ oneWay: false }, { oneWay: true }])('whatever happens, in whatever order (one-way target: $oneWay)', ({ oneWay }) => {
  test('every account ends as the newest wish says, and no effect ever goes backwards', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happening(['start', 'stop', 'pause']), { minLength: 5, maxLength: 25 }), (happenings) =>
        play(happenings, oneWay, (bench, played) => {
          isTrue(bench, played);
          for (const { userName } of played.people) {
            const numbers = numbersOf(bench, userName);
            expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
          }
        }),
      ),
      RUNS,
    );
  }, 240_000);

  test('also when leases end under their workers: late writes are healed (L24)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happening(['start', 'stop', 'pause', 'leases end']), { minLength: 5, maxLength: 25 }), (happenings) => play(happenings, oneWay, isTrue)),
      RUNS,
    );
  }, 240_000);
});
