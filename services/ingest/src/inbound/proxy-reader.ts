import type { Database } from '@rolebridge/persistence';
import { listResponse, ScimError } from '@rolebridge/scim';
import type { JsonObject, ListResponse } from '@rolebridge/scim';
import { memberKey } from '../decide/proxy-view.ts';
import { findShown, listShown, membersOf, readShown } from '../store/proxy-accounts.store.ts';
import type { ProxyPage, ShownRow } from '../store/proxy-accounts.store.ts';
import { allEntitlements, entitlementsOf, findEntitlements, listEntitlements, readEntitlement } from '../store/proxy-entitlements.store.ts';
import type { EntitlementRow } from '../store/proxy-entitlements.store.ts';
import type { ProxyQuery } from './proxy-query.ts';
import { groupOf, userOf, wantsMembers } from './proxy-resource.ts';
import type { Showing } from './proxy-resource.ts';

/** Reads accounts and entitlements of a system as the proxy API shows them. */
export class ProxyReader {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async users(system: string, query: ProxyQuery, baseUrl: string): Promise<ListResponse<JsonObject>> {
    const { total, rows } = await this.#userPage(system, query);
    return listResponse(await this.#shown(system, rows, { baseUrl, projection: query.projection }), total, query.startIndex);
  }

  /** @throws ScimError 404 */
  async user(system: string, id: string, showing: Showing): Promise<JsonObject> {
    const row = await readShown(this.#database, system, id);
    const [resource] = row ? await this.#shown(system, [row], showing) : [];
    if (!resource) throw noUser();
    return resource;
  }

  async groups(system: string, query: ProxyQuery, baseUrl: string): Promise<ListResponse<JsonObject>> {
    const { total, rows } = await this.#groupPage(system, query);
    return listResponse(await this.#shownGroups(system, rows, { ...query, baseUrl }), total, query.startIndex);
  }

  /** @throws ScimError 404 */
  async entitlement(system: string, id: string): Promise<EntitlementRow> {
    const row = await readEntitlement(this.#database, system, id);
    if (!row) throw noGroup();
    return row;
  }

  /** Our ids of the accounts that are shown with this entitlement. */
  async memberIds(system: string, entry: EntitlementRow): Promise<readonly string[]> {
    const members = await membersOf(this.#database, system, [entry]);
    return (members.get(memberKey(system, entry)) ?? []).map(({ id }) => id);
  }

  /** What a caller may mean by these names: all of the system when there are any. */
  catalogue(system: string, names: readonly string[] | undefined): Promise<readonly EntitlementRow[]> {
    return names === undefined ? Promise.resolve([]) : allEntitlements(this.#database, system);
  }

  /** @throws ScimError 404 */
  async group(system: string, id: string, showing: Showing & Pick<ProxyQuery, 'membersType'>): Promise<JsonObject> {
    const row = await readEntitlement(this.#database, system, id);
    const [resource] = row ? await this.#shownGroups(system, [row], showing) : [];
    if (!resource) throw noGroup();
    return resource;
  }

  async #userPage(system: string, query: ProxyQuery): Promise<ProxyPage<ShownRow>> {
    const { filter } = query;
    if (filter?.kind === 'one') return one(await findShown(this.#database, system, filter), query);
    return listShown(this.#database, system, filter?.at, pageOf(query));
  }

  async #groupPage(system: string, query: ProxyQuery): Promise<ProxyPage<EntitlementRow>> {
    const { filter } = query;
    if (filter?.kind === 'one') return one(await findEntitlements(this.#database, system, filter.value), query);
    return listEntitlements(this.#database, system, filter?.at, pageOf(query));
  }

  async #shown(system: string, rows: readonly ShownRow[], showing: Showing): Promise<readonly JsonObject[]> {
    const catalogue = await entitlementsOf(this.#database, system, rows.flatMap(({ view }) => view.entitlements));
    return rows.map((row) => userOf(row, catalogue, showing));
  }

  async #shownGroups(system: string, rows: readonly EntitlementRow[], showing: Showing & Pick<ProxyQuery, 'membersType'>): Promise<readonly JsonObject[]> {
    const shown = wantsMembers(showing.projection) && showing.membersType === 'user';
    const members = await membersOf(this.#database, system, shown ? rows : []);
    return rows.map((row) => groupOf(row, members.get(memberKey(system, row)) ?? [], showing));
  }
}

export function noUser(): ScimError {
  return ScimError.plain(404, 'There is no account with this id at this system.');
}

export function noGroup(): ScimError {
  return ScimError.plain(404, 'There is no entitlement with this id at this system.');
}

function pageOf({ startIndex, count }: ProxyQuery): { readonly offset: number; readonly limit: number } {
  return { offset: startIndex - 1, limit: count };
}

/** A filter for one: none is an empty list, several are an error. @throws ScimError `tooMany` */
function one<Row>(rows: readonly Row[], { startIndex }: ProxyQuery): ProxyPage<Row> {
  if (rows.length > 1) throw ScimError.of('tooMany', 'More than one resource has this value; use another identifier.');
  return { total: rows.length, rows: startIndex === 1 ? rows : [] };
}
