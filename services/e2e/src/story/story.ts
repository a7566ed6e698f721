import { JOINERS, LATE_JOINER, type Person } from './people.ts';
import type { Source } from './source.ts';
import type { Targets } from './targets.ts';

export interface World {
  readonly source: Source;
  readonly targets: Targets;
  /** Internal ids by user name at the time of joining. */
  readonly ids: Map<string, string>;
  /** Resolves when nothing is in flight: every link is settled or waits for a person. */
  readonly quiet: () => Promise<void>;
}

export interface Chapter {
  readonly title: string;
  readonly tell: (world: World) => Promise<void>;
}

const OUTAGE_MS = 10_000;

const known = (userName: string): Person => {
  const person = JOINERS.find((joiner) => joiner.userName === userName);
  if (!person) throw new Error(`Nobody in the story is called ${userName}.`);
  return person;
};

const idOf = ({ ids }: World, userName: string): string => {
  const id = ids.get(userName);
  if (id === undefined) throw new Error(`${userName} has not joined yet.`);
  return id;
};

async function join(world: World, person: Person): Promise<void> {
  world.ids.set(person.userName, await world.source.join(person));
}

/** About twenty people join, move, change their name, leave and come back. */
export const STORY: readonly Chapter[] = [
  {
    title: `${JOINERS.length} people join`,
    tell: async (world) => {
      await Promise.all(JOINERS.map((person) => join(world, person)));
      await world.quiet();
    },
  },
  {
    title: 'karla.lund leaves',
    tell: async (world) => {
      await world.source.leave(idOf(world, 'karla.lund'));
      await world.quiet();
    },
  },
  {
    title: `Fieldglass is down for ${OUTAGE_MS / 1000} seconds; life goes on: a mover, a rename, a joiner`,
    tell: async (world) => {
      await world.targets.down('fieldglass', OUTAGE_MS);
      await world.source.change({ ...known('david.eze'), units: ['1000'] }, idOf(world, 'david.eze'));
      await world.source.patch(idOf(world, 'iris.jung'), [
        { op: 'replace', path: 'userName', value: 'iris.brandt' },
        { op: 'replace', path: 'name.familyName', value: 'Brandt' },
      ]);
      await join(world, LATE_JOINER);
    },
  },
  {
    title: 'henry.ito leaves, omar.nash is locked and unlocked, while Fieldglass is still down',
    tell: async (world) => {
      await world.source.leave(idOf(world, 'henry.ito'));
      await world.source.patch(idOf(world, 'omar.nash'), [{ op: 'replace', path: 'active', value: false }]);
      await world.source.patch(idOf(world, 'omar.nash'), [{ op: 'replace', path: 'active', value: true }]);
    },
  },
  {
    title: 'karla.lund comes back, into unit 1100',
    tell: async (world) => {
      const before = idOf(world, 'karla.lund');
      await join(world, { ...known('karla.lund'), units: ['1100'] });
      if (idOf(world, 'karla.lund') !== before) throw new Error('karla.lund came back with the same employee number but was given a new id.');
      await world.quiet();
    },
  },
];
