import type { SharedObject } from '@rolebridge/connector-sdk';
import { ClassifiedError, type Failure } from '@rolebridge/contracts';
import type { CallScope } from './call-scope.ts';
import { NOT_UNDERSTOOD } from './fieldglass.errors.ts';
import { parseJson } from './json.ts';
import { expected, fail, PAGE, type ScimClient } from './scim.client.ts';
import { groupOf, groupsOf, nextStart, type FoundGroup } from './scim.schema.ts';

const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';

/** One user into or out of a group. */
export interface MembershipDelta {
  readonly accountId: string;
  readonly member: boolean;
  readonly scope: CallScope;
}

/** Groups of interface A: they exist in the product, are matched by `displayName`, and are filled by whole lists (sheet §3, §5). */
export class GroupsClient {
  readonly #scim: ScimClient;

  constructor(scim: ScimClient) {
    this.#scim = scim;
  }

  /** The group of this name with its members. Names are compared once more here. */
  async find(name: string, scope: CallScope): Promise<FoundGroup | undefined> {
    const filter = encodeURIComponent(`displayName eq ${JSON.stringify(name)}`);
    const call = { operation: 'read', method: 'GET', path: `/Groups?filter=${filter}`, sensitive: [] } as const;
    const groups = groupsOf(parseJson(expected(await this.#scim.send(call, scope), call, [200]).text)) ?? fail(NOT_UNDERSTOOD);
    const [group, ...others] = groups.filter((one) => one.name === name);
    if (others.length > 0) return fail(AMBIGUOUS);
    return group && (group.members ? group : this.#read(group.id, scope));
  }

  /** Groups in pages, with members where the list shows them. */
  async *pages(scope: CallScope): AsyncGenerator<readonly FoundGroup[]> {
    for (let startIndex = 1; ; ) {
      const call = { operation: 'read', method: 'GET', path: `/Groups?startIndex=${startIndex}&count=${PAGE}`, sensitive: [] } as const;
      const page = parseJson(expected(await this.#scim.send(call, scope), call, [200]).text);
      const groups = groupsOf(page) ?? fail(NOT_UNDERSTOOD);
      yield groups;
      startIndex = nextStart(page, startIndex, groups.length) ?? 0;
      if (startIndex === 0) return;
    }
  }

  /** Reads, merges, replaces and makes sure; call it from one writer only (L21). */
  async write(name: string, deltas: readonly MembershipDelta[]): Promise<void> {
    const scope = deltas[0]?.scope;
    if (scope === undefined) return;
    const group = (await this.find(name, scope)) ?? fail(GONE);
    const members = merged(membersOf(group), deltas);
    if (members === undefined) return;
    const held = membersOf(await this.#replaced(group, members, scope));
    if (merged(held, deltas) !== undefined) throw new ClassifiedError(NOT_KEPT);
  }

  /** As the answer shows it, or as it is read afterwards. */
  async #replaced(group: FoundGroup, members: readonly string[], scope: CallScope): Promise<FoundGroup> {
    const shown = await this.#replace(group, members, scope);
    return shown?.members ? shown : this.#read(group.id, scope);
  }

  async #read(id: string, scope: CallScope): Promise<FoundGroup> {
    const call = { operation: 'read', method: 'GET', path: `/Groups/${encodeURIComponent(id)}`, sensitive: [] } as const;
    return groupOf(parseJson(expected(await this.#scim.send(call, scope), call, [200]).text)) ?? fail(NOT_UNDERSTOOD);
  }

  async #replace({ id, name, version }: FoundGroup, members: readonly string[], scope: CallScope): Promise<FoundGroup | undefined> {
    const content = { schemas: [GROUP], displayName: name, members: members.map((value) => ({ value })) };
    const headers = version === undefined ? {} : { 'if-match': version };
    const call = { operation: 'change', method: 'PUT', path: `/Groups/${encodeURIComponent(id)}`, content, headers, sensitive: [] } as const;
    const { text } = expected(await this.#scim.send(call, scope), call, [200, 204]);
    return text === '' ? undefined : groupOf(parseJson(text));
  }
}

function membersOf({ members = [] }: FoundGroup): readonly string[] {
  return members;
}

/** The members after all changes; undefined when nothing changes. The last word about a user counts. */
function merged(members: readonly string[], deltas: readonly MembershipDelta[]): readonly string[] | undefined {
  const next = new Set(members);
  for (const { accountId, member } of deltas) {
    if (member) next.add(accountId);
    else next.delete(accountId);
  }
  return next.size === members.length && members.every((one) => next.has(one)) ? undefined : [...next];
}

/** Puts one user into groups and takes it out of others. */
export async function setGroups(write: SharedObject<MembershipDelta>, accountId: string, { add, remove }: { readonly add: readonly string[]; readonly remove: readonly string[] }, scope: CallScope): Promise<void> {
  for (const name of add) await write(name, { accountId, member: true, scope });
  for (const name of remove) await write(name, { accountId, member: false, scope });
}

const AMBIGUOUS: Failure = { kind: 'rejected', code: 'ambiguous-group', message: 'SAP Fieldglass shows several groups with this name. Somebody must rename one of them there.' };
const GONE: Failure = { kind: 'transient', code: 'group-gone', message: 'The group has gone since it was looked at; it is looked for again.' };
const NOT_KEPT: Failure = { kind: 'in-doubt', code: 'group-not-kept', message: 'SAP Fieldglass took the members of a group but shows others; it is looked at again.' };
