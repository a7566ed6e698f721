import type { AccountFields, DirectoryAccount, DirectoryAccounts, Writer, Written } from './accounts.ts';

/** One person's part of a bundle. */
export interface BundlePart extends Pick<Writer, 'owner' | 'number' | 'generation'> {
  readonly kind: 'create' | 'update';
  readonly id: string;
  readonly fields: AccountFields;
}

/** What is told of one part. */
export interface PartAnswer {
  readonly status: number;
  readonly account?: DirectoryAccount;
}

/** A part as it is remembered, in the form of a call of its own (libs/simulator-kit). */
export interface PartSeen {
  readonly sequence: number;
  readonly at: string;
  readonly endedAt: string;
  readonly operation: string;
  readonly key: string;
  readonly generation: string;
  /** What was done, not what was said. */
  readonly result: string;
  readonly fault: string;
}

export interface BundleSeen {
  readonly refused: boolean;
  readonly parts: readonly PartSeen[];
}

/** How the directory feels about one part: does it, says "later", does it and forgets to say so, forgets it altogether. */
const MOODS = { done: 0.64, 'says 503': 0.1, 'says 429': 0.08, 'done unsaid': 0.09, forgotten: 0.09 } as const;
type Mood = keyof typeof MOODS;

const SAYS: Partial<Readonly<Record<Mood, number>>> = { 'says 503': 503, 'says 429': 429 };
const UNSAID: readonly Mood[] = ['done unsaid', 'forgotten'];

/** Share of bundles that are refused whole when one part cannot be done, for whatever reason. */
const ALL_OR_NOTHING = 0.5;

/**
 * Several people's accounts in one call, drawn once: a call that is delivered twice meets the same. Who comes alone is always answered with
 * his own verdict.
 */
export class Bundle {
  readonly #parts: readonly { readonly part: BundlePart; readonly writer: Writer; readonly mood: Mood }[];
  readonly #allOrNothing: boolean;
  readonly #accounts: DirectoryAccounts;
  readonly #arrivedAtMs: number;
  #answers: readonly (PartAnswer | null)[] | 'refused' | undefined;
  #done: readonly (Written | undefined)[] = [];

  constructor(parts: readonly BundlePart[], accounts: DirectoryAccounts, { random, arrivedAtMs }: { readonly random: () => number; readonly arrivedAtMs: number }) {
    this.#accounts = accounts;
    this.#arrivedAtMs = arrivedAtMs;
    this.#allOrNothing = parts.length > 1 && random() < ALL_OR_NOTHING;
    this.#parts = parts.map((part) => ({ part, writer: { ...part, arrivedAtMs }, mood: parts.length > 1 ? drawn(random()) : 'done' }));
  }

  /** Once, however often it is delivered. `refused`: nothing of it was done. */
  carriedOut(): readonly (PartAnswer | null)[] | 'refused' {
    this.#answers ??= this.#allOrNothing && this.#parts.some(({ part, mood }) => SAYS[mood] !== undefined || !this.#isPossible(part)) ? 'refused' : this.#each();
    return this.#answers;
  }

  get writes(): number {
    return this.#done.filter((written) => written?.ok).length;
  }

  seen(endedAtMs: number): BundleSeen {
    const answers = this.#answers;
    const parts = this.#parts.map(({ part, mood }, index) => ({
      sequence: 0,
      at: new Date(this.#arrivedAtMs).toISOString(),
      endedAt: new Date(endedAtMs).toISOString(),
      operation: part.kind,
      key: part.owner,
      generation: String(part.generation),
      result: answers === undefined ? 'reset' : answers === 'refused' ? 'refused with others' : resultOf(this.#done[index], mood),
      fault: mood,
    }));
    return { refused: answers === 'refused', parts };
  }

  #isPossible({ kind, id, fields: { login } }: BundlePart): boolean {
    const all = this.#accounts.all();
    const holder = all.find((account) => account.login.toLowerCase() === login.toLowerCase());
    return kind === 'create' ? !holder : all.some((account) => account.id === id) && (!holder || holder.id === id);
  }

  #each(): readonly (PartAnswer | null)[] {
    this.#done = this.#parts.map(({ part, writer, mood }) => {
      if (mood === 'forgotten' || SAYS[mood] !== undefined) return undefined;
      return part.kind === 'create' ? this.#accounts.create(writer, part.fields) : this.#accounts.update(part.id, writer, part.fields);
    });
    return this.#parts.map(({ mood }, index) => (UNSAID.includes(mood) ? null : answerOf(this.#done[index], mood)));
  }
}

function drawn(number: number): Mood {
  let left = number;
  return (Object.keys(MOODS) as Mood[]).find((mood) => (left -= MOODS[mood]) < 0) ?? 'done'; // the keys of MOODS are moods
}

function answerOf(written: Written | undefined, mood: Mood): PartAnswer {
  if (written?.ok) return { status: 200, account: written.account };
  return { status: written?.status ?? SAYS[mood] ?? 500 };
}

function resultOf(written: Written | undefined, mood: Mood): string {
  return mood === 'forgotten' ? mood : String(answerOf(written, mood).status);
}
