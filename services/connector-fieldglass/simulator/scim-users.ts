import type { Answer } from '@rolebridge/simulator-kit';
import type { Account, Accounts, Resource } from './accounts.ts';
import type { Environment } from './options.ts';
import { listOf, refused, scim, scimError, shown } from './scim-messages.ts';
import { applyPatch } from './scim-patch.ts';
import { contentRefusal, CREATE_ONLY, flat, isObject, schemasRefusal } from './scim-rules.ts';

/** The users' half of interface A (`systems/fieldglass.md` §3). */
export class ScimUsers {
  readonly #accounts: Accounts;
  readonly #environment: Environment;

  constructor(accounts: Accounts, environment: Environment) {
    this.#accounts = accounts;
    this.#environment = environment;
  }

  create(content: unknown, generation: string | undefined): Answer {
    if (!isObject(content)) return refused({ scimType: 'invalidSyntax', detail: 'the body is not a JSON object' });
    const attributes = flat(content);
    const refusal = schemasRefusal(content['schemas']) ?? contentRefusal(attributes, false) ?? this.#lockRefusal(attributes);
    if (refusal) return refused(refusal);
    const userName = attributes.get('userName');
    if (typeof userName !== 'string' || userName.trim() === '') return refused({ scimType: 'invalidValue', detail: 'userName is mandatory' });
    if (this.#accounts.byLogin(userName)) return scimError(409, `userName ${userName} is in use`, 'uniqueness');
    const { schemas: _, userName: __, active, ...resource } = content;
    const account = this.#accounts.create({ userName, active: active !== false, resource }, generation);
    const headers = { location: `${this.#environment.scimBasePath}/Users/${account.id}` };
    return scim(201, this.#shown(account), { headers, writes: 1 });
  }

  read(account: Account): Answer {
    return scim(200, this.#shown(account));
  }

  /** Everything is replaced but what only creation takes. Without `active` the user is usable again: the default of the attribute. */
  replace(account: Account, content: unknown, generation: string | undefined): Answer {
    if (!isObject(content)) return refused({ scimType: 'invalidSyntax', detail: 'the body is not a JSON object' });
    const attributes = flat(content);
    const refusal = schemasRefusal(content['schemas']) ?? contentRefusal(attributes, true) ?? this.#lockRefusal(attributes);
    if (refusal) return refused(refusal);
    const { schemas: _, active, ...resource } = content;
    return this.#changed(account, { active: active !== false, resource: withFixed(resource, account.resource) }, generation);
  }

  patch(account: Account, content: unknown, generation: string | undefined): Answer {
    const patched = applyPatch({ ...account.resource, active: account.active }, content);
    if (!patched.ok) return refused(patched.refusal);
    const { active, ...resource } = patched.resource;
    const attributes = flat(patched.resource);
    const writable = new Map([...attributes].filter(([path]) => !CREATE_ONLY.includes(path)));
    const refusal = contentRefusal(writable, true) ?? (active === account.active ? undefined : this.#lockRefusal(attributes));
    if (refusal) return refused(refusal);
    return this.#changed(account, { active: active === true, resource }, generation);
  }

  delete(account: Account, generation: string | undefined): Answer {
    if (!this.#environment.deleteSupported) return scimError(403, 'users of this environment are deactivated, not deleted');
    this.#accounts.delete(account, generation);
    return { status: 204, writes: 1 };
  }

  /** Only `userName eq "…"` is documented; without a filter the users in pages. A new user is found after the search lag. */
  search(query: URLSearchParams): Answer {
    const visible = (account: Account): boolean => account.createdAtMs + this.#environment.searchLagMs <= this.#environment.nowMs();
    const filter = query.get('filter');
    if (filter === null) return this.#page(this.#accounts.all().filter(visible), query);
    const login = loginOf(filter);
    if (login === undefined) return scimError(400, 'only userName eq "…" is supported', 'invalidFilter');
    const account = this.#accounts.byLogin(login);
    return account && visible(account) ? listOf([this.#shown(account)], 1, 1) : listOf([], 0, 1);
  }

  #page(accounts: readonly Account[], query: URLSearchParams): Answer {
    const startIndex = Math.max(1, Number(query.get('startIndex') ?? 1) || 1);
    const count = Math.min(100, Math.max(0, Number(query.get('count') ?? 100) || 0));
    return listOf(accounts.slice(startIndex - 1, startIndex - 1 + count).map((account) => this.#shown(account)), accounts.length, startIndex);
  }

  #changed(account: Account, next: { readonly active: boolean; readonly resource: Resource }, generation: string | undefined): Answer {
    const before = this.#accounts.effectCount();
    const changed = this.#accounts.change(account, next, generation);
    return scim(200, this.#shown(changed), { writes: this.#accounts.effectCount() - before });
  }

  #shown(account: Account): Readonly<Record<string, unknown>> {
    return shown(account, this.#environment.activeSupported);
  }

  #lockRefusal(attributes: ReadonlyMap<string, unknown>): { readonly scimType: 'invalidSyntax'; readonly detail: string } | undefined {
    return this.#environment.activeSupported || !attributes.has('active') ? undefined : { scimType: 'invalidSyntax', detail: 'unknown attribute active' };
  }
}

/** Puts back what only creation takes. */
function withFixed(resource: Resource, before: Resource): Resource {
  const fixed = new Map([...flat(before)].filter(([path]) => CREATE_ONLY.includes(path)));
  const operations = [...fixed].map(([path, value]) => ({ op: 'replace', path, value }));
  if (operations.length === 0) return resource;
  const patched = applyPatch(resource, { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: operations }, true);
  return patched.ok ? patched.resource : resource;
}

function loginOf(filter: string): string | undefined {
  const quoted = /^userName eq (".*")$/s.exec(filter)?.[1];
  if (quoted === undefined) return undefined;
  try {
    const login: unknown = JSON.parse(quoted);
    return typeof login === 'string' ? login : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
