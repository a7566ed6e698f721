import { type Random, randomOf } from '../random.ts';
import { afterNext, type Draft, nextKind, startOf } from './moves.ts';
import type { Change, PersonState, Story, Strand } from './story.ts';

export interface StoryOptions {
  readonly seed: number;
  readonly people: number;
  /** All changes are told within this time, milliseconds. */
  readonly durationMs: number;
}

/** A change before numbers and times are known. */
type Told = Pick<Change, 'person' | 'kind' | 'after'>;

interface Unnumbered extends Pick<Strand, 'theme' | 'by'> {
  readonly told: readonly Told[];
}

/** Few people change often: queues behind one person are where order breaks. */
const MOVES = { fewest: 3, most: 12 } as const;

/** PURE. Life stories from a seed: joiners, movers, renames, locks, leavers, rehires, chains of logins, people who are refused. */
export function generateStory({ seed, people, durationMs }: StoryOptions): Story {
  const random = randomOf(seed);
  const drafts: Unnumbered[] = [];
  for (let person = 1; person <= people; ) {
    const draft = strandFrom(person, people - person + 1, { random, durationMs });
    drafts.push(draft);
    person += new Set(draft.told.map((told) => told.person)).size;
  }
  const timed = drafts.map(({ told }) => timesOf(told.length, durationMs, random));
  return { endMs: durationMs, strands: numbered(drafts, timed) };
}

interface Making {
  readonly random: Random;
  readonly durationMs: number;
}

const nameOf = (person: number): string => `C-${String(person).padStart(3, '0')}`;

/** The rare themes once each, so that every run has them; then mostly ordinary lives. */
function strandFrom(person: number, left: number, making: Making): Unnumbered {
  const drawn = making.random.pick(['life', 'life', 'life', 'life', 'chain', 'refused', 'dated'] as const);
  const wanted = FIRST[person] ?? drawn;
  const theme = wanted === 'chain' && left < CHAIN ? 'life' : wanted;
  const by = theme === 'life' && making.random.chance(BY_TOPIC) ? 'topic' : 'scim';
  return { theme, by, told: TELL[theme](person, making) };
}

/** Share of ordinary lives that are told on the topic of change events. */
const BY_TOPIC = 0.3;

/** People of a chain. */
const CHAIN = 3;

const FIRST: Readonly<Record<number, Strand['theme']>> = { 1: 'chain', 4: 'refused', 5: 'dated' };

const TELL: Readonly<Record<Strand['theme'], (person: number, making: Making) => readonly Told[]>> = {
  chain,
  life: (person, { random }) => life(nameOf(person), random),
  refused: (person, { random }) => refused(nameOf(person), random),
  dated: (person, making) => dated(nameOf(person), making),
};

/** One person's ordinary life: whatever may follow, follows. */
function life(person: string, random: Random): readonly Told[] {
  const told: Told[] = [{ person, kind: 'joiner', after: startOf(person, random) }];
  const moves = random.between(MOVES.fewest, MOVES.most);
  let state: Draft = { person, login: 1, state: told[0]?.after ?? null, last: startOf(person, random) };
  for (let move = 0; move < moves; move += 1) {
    const kind = nextKind(state, random);
    state = afterNext(state, kind, random);
    told.push({ person, kind, after: state.state });
  }
  return told;
}

/** A gives the login up, B joins under it at once, gives it up, C joins under it. Nobody leaves: who owns the login must stay clear. */
function chain(first: number, { random }: Making): readonly Told[] {
  const people = Array.from({ length: CHAIN }, (_, place) => nameOf(first + place));
  const login = `chain-${nameOf(first).toLowerCase()}`;
  return people.flatMap((person, place): readonly Told[] => {
    const joined: PersonState = { ...startOf(person, random), userType: 'employee', login };
    const renamed: PersonState = { ...joined, login: `${person.toLowerCase()}.renamed` };
    const moved: PersonState = { ...renamed, units: [random.pick(['1000', '2000', '3000'])] };
    const all: readonly Told[] = [{ person, kind: 'joiner', after: joined }, { person, kind: 'rename', after: renamed }, { person, kind: 'mover', after: moved }];
    return place === people.length - 1 ? all.slice(0, 1) : all.slice(0, random.between(2, 3));
  });
}

/** Without an e-mail address from the beginning; for some of them it is mended later. */
function refused(person: string, random: Random): readonly Told[] {
  const start: PersonState = { ...startOf(person, random), userType: 'employee', email: false };
  const moved: PersonState = { ...start, units: ['2000'], manager: true };
  const told: readonly Told[] = [{ person, kind: 'joiner', after: start }, { person, kind: 'mover', after: moved }];
  return random.chance(0.5) ? [...told, { person, kind: 'mended', after: { ...moved, email: true } }] : told;
}

/** Dates that pass during the run, perhaps while a service is down: the account is locked, or opened, without any message. */
function dated(person: string, { random, durationMs }: Making): readonly Told[] {
  const start = startOf(person, random);
  const boundary = Math.round(durationMs * (0.5 + random.next() / 2));
  const dates = random.chance(0.5) ? { validUntilMs: boundary } : { validFromMs: boundary };
  return [{ person, kind: 'joiner', after: start }, { person, kind: 'dates', after: { ...start, ...dates } }];
}

/** Bursts and pauses: half of the changes follow the one before at once. */
function timesOf(count: number, durationMs: number, random: Random): readonly number[] {
  const times = [random.between(0, Math.round(durationMs * 0.3))];
  while (times.length < count) {
    const before = times.at(-1) ?? 0;
    const room = durationMs - before;
    times.push(before + (random.chance(0.5) ? random.between(0, 50) : random.between(0, Math.round((room / (count - times.length)) * 1.5))));
  }
  return times.map((time) => Math.min(time, durationMs));
}

/** Numbers rise with time, so that of two changes of one person the later has the higher. */
function numbered(drafts: readonly Unnumbered[], times: readonly (readonly number[])[]): readonly Strand[] {
  const order = drafts.flatMap(({ told }, strand) => told.map((_, place) => ({ strand, place, atMs: times[strand]?.[place] ?? 0 })));
  const numbers = new Map(order.toSorted((one, other) => one.atMs - other.atMs || one.strand - other.strand || one.place - other.place).map(({ strand, place }, index) => [`${strand}/${place}`, index + 1]));
  return drafts.map(({ theme, by, told }, strand) => ({
    theme,
    by,
    changes: told.map((change, place) => ({ ...change, atMs: times[strand]?.[place] ?? 0, number: numbers.get(`${strand}/${place}`) ?? 0 })),
  }));
}
