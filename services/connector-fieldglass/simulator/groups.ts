import type { Answer } from '@rolebridge/simulator-kit';
import type { Accounts } from './accounts.ts';
import { patchedMembers } from './group-patch.ts';
import { listOf, refused, scim, scimError } from './scim-messages.ts';
import { isObject } from './scim-rules.ts';

interface Group {
  readonly id: string;
  readonly displayName: string;
  readonly members: readonly string[];
  readonly version: number;
}

const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';

/** Groups exist in the product: they are filled and emptied by whole lists, neither created nor deleted from outside (sheet §3, §5). */
export class Groups {
  readonly #accounts: Accounts;
  readonly #names: readonly string[];
  #groups: readonly Group[] = [];

  constructor(accounts: Accounts, names: readonly string[]) {
    this.#accounts = accounts;
    this.#names = names;
    this.clear();
  }

  clear(): void {
    this.#groups = this.#names.map((displayName, index) => ({ id: `group-${index + 1}`, displayName, members: [], version: 1 }));
  }

  state(): readonly Pick<Group, 'id' | 'displayName' | 'members'>[] {
    return this.#groups.map(({ id, displayName }) => ({ id, displayName, members: this.#living(id) }));
  }

  /** Only `displayName eq "…"` is known to be asked (sheet §3: matched by displayName); without a filter in pages. */
  search(query: URLSearchParams): Answer {
    const filter = query.get('filter');
    if (filter === null) return this.#page(query);
    const quoted = /^displayName eq (".*")$/s.exec(filter)?.[1];
    if (quoted === undefined) return scimError(400, 'only displayName eq "…" is supported', 'invalidFilter');
    const found = this.#groups.filter((group) => JSON.stringify(group.displayName) === quoted);
    return listOf(found.map((group) => this.#shown(group)), found.length, 1);
  }

  #page(query: URLSearchParams): Answer {
    const startIndex = Math.max(1, Number(query.get('startIndex') ?? 1) || 1);
    const count = Math.min(100, Math.max(0, Number(query.get('count') ?? 100) || 0));
    return listOf(this.#groups.slice(startIndex - 1, startIndex - 1 + count).map((group) => this.#shown(group)), this.#groups.length, startIndex);
  }

  read(id: string): Answer {
    const group = this.#find(id);
    return group ? scim(200, this.#shown(group)) : scimError(404, `group ${id} not found`);
  }

  replace(id: string, content: unknown, ifMatch: string | undefined): Answer {
    const group = this.#current(id, ifMatch);
    if ('status' in group) return group;
    const members = isObject(content) && content['displayName'] === group.displayName ? membersOf(content['members']) : undefined;
    if (members === undefined) return refused({ scimType: 'invalidSyntax', detail: 'a group needs its displayName and a list of members' });
    return this.#filled(group, members);
  }

  /** Adds and removes members (RFC 7644 §3.5.2): `add` of a list to `members`, `remove` of `members[value eq "…"]`; nothing else is known to be taken. */
  patch(id: string, content: unknown, ifMatch: string | undefined): Answer {
    const group = this.#current(id, ifMatch);
    if ('status' in group) return group;
    const members = patchedMembers(group.members, content);
    if (members === undefined) return refused({ scimType: 'invalidSyntax', detail: 'members are added as a list, and removed by members[value eq "…"]' });
    return this.#filled(group, members);
  }

  #current(id: string, ifMatch: string | undefined): Group | Answer {
    const group = this.#find(id);
    if (!group) return scimError(404, `group ${id} not found`);
    return ifMatch !== undefined && ifMatch !== versionOf(group) ? scimError(412, 'the group has changed since') : group;
  }

  #filled(group: Group, members: readonly string[]): Answer {
    const stranger = members.find((member) => !this.#accounts.byId(member));
    if (stranger !== undefined) return refused({ scimType: 'invalidValue', detail: `user ${stranger} not found` });
    const same = members.length === group.members.length && members.every((member) => group.members.includes(member));
    const next = same ? group : { ...group, members, version: group.version + 1 };
    this.#groups = this.#groups.map((one) => (one.id === group.id ? next : one));
    return scim(200, this.#shown(next), { writes: same ? 0 : 1 });
  }

  #find(id: string): Group | undefined {
    return this.#groups.find((group) => group.id === id);
  }

  #living(id: string): readonly string[] {
    return (this.#find(id)?.members ?? []).filter((member) => this.#accounts.byId(member));
  }

  #shown(group: Group): Readonly<Record<string, unknown>> {
    const members = this.#living(group.id).map((value) => ({ value }));
    return { schemas: [GROUP], id: group.id, displayName: group.displayName, members, meta: { resourceType: 'Group', version: versionOf(group) } };
  }
}

function versionOf({ version }: Group): string {
  return `W/"${version}"`;
}

function membersOf(value: unknown): readonly string[] | undefined {
  const list: readonly unknown[] | undefined = value === undefined ? [] : Array.isArray(value) ? value : undefined;
  const members = list?.map((member) => (isObject(member) && typeof member['value'] === 'string' ? member['value'] : undefined));
  const known = members?.filter((member) => member !== undefined);
  return known?.length === members?.length ? [...new Set(known)] : undefined;
}
