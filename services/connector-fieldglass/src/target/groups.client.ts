import { GROUP_STALE, type GroupChange, type GroupSnapshot } from '@rolebridge/connector-sdk';
import { ClassifiedError, type Failure } from '@rolebridge/contracts';
import type { CallScope } from './call-scope.ts';
import { NOT_UNDERSTOOD } from './fieldglass.errors.ts';
import { parseJson } from './json.ts';
import { expected, fail, PAGE, PATCH_OP, type ScimCall, type ScimClient } from './scim.client.ts';
import { groupOf, groupsOf, nextStart, type FoundGroup } from './scim.schema.ts';

const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';

/** Many people of one group are planned at the same moment; the group is not read again for each of them. */
const LOOK_AGE_MS = 1_000;
/** Groups whose last look is kept. */
const MOST_LOOKS = 200;

export interface GroupsOptions {
  readonly method: 'PUT' | 'PATCH';
  readonly nowMs: () => number;
}

interface Look {
  readonly atMs: number;
  readonly group: Promise<FoundGroup | undefined>;
}

/** Groups of interface A: they exist in the product, are matched by `displayName`, and are filled by whole lists (sheet §3, §5). */
export class GroupsClient {
  readonly #scim: ScimClient;
  readonly #options: GroupsOptions;
  readonly #looks = new Map<string, Look>();

  constructor(scim: ScimClient, options: GroupsOptions) {
    this.#scim = scim;
    this.#options = options;
  }

  /** As it was a moment ago: for plans, never for a merge. */
  lookAt(name: string, scope: CallScope): Promise<FoundGroup | undefined> {
    const look = this.#looks.get(name);
    return look && this.#options.nowMs() - look.atMs < LOOK_AGE_MS ? look.group : this.find(name, scope);
  }

  /** The group of this name with its members, as it is now. */
  find(name: string, scope: CallScope): Promise<FoundGroup | undefined> {
    const group = this.#search(name, scope);
    this.#keep(name, group);
    return group;
  }

  /** What the SDK's one writer of the group merges. */
  async read(name: string, scope: CallScope): Promise<GroupSnapshot | undefined> {
    const group = await this.find(name, scope);
    return group && { members: group.members ?? [], resource: group };
  }

  /** Throws ClassifiedError; {@link GROUP_STALE} when the group has changed since it was read. */
  async write(change: GroupChange, scope: CallScope): Promise<void> {
    const { id, version } = change.snapshot.resource as FoundGroup; // made by read above and handed through unchanged
    this.#looks.delete(change.group);
    const headers = version === undefined ? {} : { 'if-match': version };
    const { method } = this.#options;
    const content = method === 'PUT' ? fullList(change) : differences(change);
    const call: ScimCall = { operation: 'change-group', method, path: `/Groups/${encodeURIComponent(id)}`, content, headers, sensitive: [] };
    const answer = await this.#scim.send(call, scope);
    if (answer.status === 412) throw new ClassifiedError(STALE);
    expected(answer, call, [200, 204]);
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

  /** Names are compared once more here. */
  async #search(name: string, scope: CallScope): Promise<FoundGroup | undefined> {
    const filter = encodeURIComponent(`displayName eq ${JSON.stringify(name)}`);
    const call = { operation: 'read', method: 'GET', path: `/Groups?filter=${filter}`, sensitive: [] } as const;
    const groups = groupsOf(parseJson(expected(await this.#scim.send(call, scope), call, [200]).text)) ?? fail(NOT_UNDERSTOOD);
    const [group, ...others] = groups.filter((one) => one.name === name);
    if (others.length > 0) return fail(AMBIGUOUS);
    return group && (group.members ? group : this.#read(group.id, scope));
  }

  async #read(id: string, scope: CallScope): Promise<FoundGroup> {
    const call = { operation: 'read', method: 'GET', path: `/Groups/${encodeURIComponent(id)}`, sensitive: [] } as const;
    return groupOf(parseJson(expected(await this.#scim.send(call, scope), call, [200]).text)) ?? fail(NOT_UNDERSTOOD);
  }

  /** A look that failed is forgotten at once. */
  #keep(name: string, group: Promise<FoundGroup | undefined>): void {
    const look: Look = { atMs: this.#options.nowMs(), group };
    this.#looks.delete(name);
    this.#looks.set(name, look);
    const forget = (): void => {
      if (this.#looks.get(name) === look) this.#looks.delete(name);
    };
    void group.catch(forget);
    const [oldest] = this.#looks.keys();
    if (this.#looks.size > MOST_LOOKS && oldest !== undefined) this.#looks.delete(oldest);
  }
}

function fullList({ group, members }: GroupChange): object {
  return { schemas: [GROUP], displayName: group, members: members.map(asMember) };
}

/** RFC 7644 §3.5.2: one operation adds all, each removal names its member. */
function differences({ add, remove }: GroupChange): object {
  const added = add.length > 0 ? [{ op: 'add', path: 'members', value: add.map(asMember) }] : [];
  const removed = remove.map((id) => ({ op: 'remove', path: `members[value eq ${JSON.stringify(id)}]` }));
  return { schemas: [PATCH_OP], Operations: [...added, ...removed] };
}

const asMember = (value: string): { readonly value: string } => ({ value });

const AMBIGUOUS: Failure = { kind: 'rejected', code: 'ambiguous-group', message: 'SAP Fieldglass shows several groups with this name. Somebody must rename one of them there.' };
const STALE: Failure = { kind: 'transient', code: GROUP_STALE, message: 'Somebody else changed this group at the same moment.' };
