/** Members that somebody put into every group by hand: no account of ours, and nobody of us may lose them. */
export const BY_HAND: readonly string[] = ['by-hand-1', 'by-hand-2'];

/** A group as an object: whoever writes it writes the full list of its members. */
export interface DirectoryGroup {
  readonly name: string;
  /** Ids of accounts, and {@link BY_HAND}. */
  readonly members: readonly string[];
  /** How many full lists were written. The directory itself does not look at it: it has no ETag. */
  readonly version: number;
}

/** A full list as it is asked for. `basedOn`: the version that the writer had read, told for the checkers alone. */
export interface FullList {
  readonly members: readonly string[];
  readonly basedOn: number;
}

/** A full list that changed something. Milliseconds since the epoch. */
export interface ListWrite {
  readonly group: string;
  readonly version: number;
  readonly basedOn: number;
  readonly arrivedAtMs: number;
  readonly atMs: number;
}

/** All groups; whichever is named is there, with its members by hand. */
export class DirectoryGroups {
  readonly #members = new Map<string, ReadonlySet<string>>();
  readonly #nowMs: () => number;
  lists: ListWrite[] = [];

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  all(): readonly DirectoryGroup[] {
    return [...this.#members.keys()].map((name) => this.byName(name));
  }

  byName(name: string): DirectoryGroup {
    return { name, members: [...this.#membersOf(name)], version: this.lists.filter(({ group }) => group === name).length };
  }

  /** Groups of an account. */
  of(id: string): readonly string[] {
    return [...this.#members].filter(([, members]) => members.has(id)).map(([name]) => name).toSorted();
  }

  add(id: string, name: string): void {
    this.#members.set(name, new Set([...this.#membersOf(name), id]));
  }

  remove(id: string, name: string): void {
    this.#members.set(name, new Set([...this.#membersOf(name)].filter((member) => member !== id)));
  }

  /** Whoever wrote an older list erases what came between. A list that says what is there already is no write. */
  replace(name: string, { members, basedOn }: FullList, arrivedAtMs: number): DirectoryGroup {
    const [before, after] = [this.#membersOf(name), new Set(members)];
    if (before.size !== after.size || members.some((member) => !before.has(member))) {
      this.#members.set(name, after);
      this.lists.push({ group: name, version: this.byName(name).version + 1, basedOn, arrivedAtMs, atMs: this.#nowMs() });
    }
    return this.byName(name);
  }

  #membersOf(name: string): ReadonlySet<string> {
    const members = this.#members.get(name) ?? new Set(BY_HAND);
    this.#members.set(name, members);
    return members;
  }
}
