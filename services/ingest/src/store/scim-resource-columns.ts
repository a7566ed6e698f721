import type { FilterPlace, UserModel } from '@rolebridge/scim';
import { isAssigned } from './scim-condition.ts';
import type { ScimColumns, SqlValue } from './scim-condition.ts';
import { jsonColumns } from './scim-json-columns.ts';
import { quoted } from './scim-parameters.ts';

/** A table of resources: what its own columns hold, by lower-case path; everything else stands in `resource`. */
export interface ResourceTable {
  readonly alias: string;
  readonly model: UserModel;
  readonly resourceType: 'User' | 'Group';
  readonly collection: '/Users' | '/Groups';
  /** A parameter with the address of the interface, as this caller reaches it. */
  readonly base: () => string;
  readonly own: Readonly<Record<string, SqlValue>>;
  /** Multi-valued attributes that stand in tables of their own, by lower-case name. */
  readonly lists: Readonly<Record<string, ScimColumns['list']>>;
  readonly shortcut?: NonNullable<ScimColumns['shortcut']>;
}

/** The attributes of a resource type in SQL. */
export function resourceColumns(table: ResourceTable): ScimColumns {
  const json = jsonColumns(table.alias);
  const columns = new Map(Object.entries({ ...commonOf(table), ...table.own }));
  const lists = new Map(Object.entries({ schemas: schemasOf(table), ...table.lists }));
  return {
    single: (place) => (nameOf(place) === LOCATION ? locationOf(table) : (columns.get(nameOf(place)) ?? json.single(place))),
    present: (place) => (columns.has(nameOf(place)) || ALWAYS.has(nameOf(place)) ? presentIn(columns.get(nameOf(place))) : json.present(place)),
    list: (place, alias) => {
      const own = lists.get(nameOf({ ...place, sub: undefined }));
      return own ? own(place, alias) : json.list(place, alias);
    },
    hasExtension: (urn) => json.hasExtension(urn),
    ...(table.shortcut && { shortcut: table.shortcut }),
  };
}

const LOCATION = 'meta.location';
const ALWAYS = new Set(['meta', LOCATION]);

function presentIn(value: SqlValue | undefined): string {
  return !value || value.column === 'required' ? 'true' : isAssigned(value);
}

function nameOf({ urn, attribute, sub }: Omit<FilterPlace, 'sub'> & { readonly sub?: FilterPlace['sub'] | undefined }): string {
  return `${urn === undefined ? '' : `${urn}:`}${attribute.name}${sub ? `.${sub.name}` : ''}`.toLowerCase();
}

function locationOf({ alias, base, collection }: ResourceTable): SqlValue {
  return { sql: `(${base()} || '${collection}/' || ${alias}.id)`, as: 'text', column: 'required' };
}

function commonOf({ alias, resourceType }: ResourceTable): Readonly<Record<string, SqlValue>> {
  return {
    id: { sql: `${alias}.id`, as: 'uuid', column: 'required' },
    'meta.resourcetype': { sql: quoted(resourceType), as: 'text', column: 'required' },
    'meta.created': { sql: `${alias}.created_at`, as: 'instant', column: 'required' },
    'meta.lastmodified': { sql: `${alias}.modified_at`, as: 'instant', column: 'required' },
    'meta.version': { sql: `('W/"' || ${alias}.generation || '"')`, as: 'text', column: 'required' },
  };
}

/** The core schema, and the extensions that have content. */
function schemasOf({ alias, model }: ResourceTable): ScimColumns['list'] {
  const held = model.extensions.map(({ id }) => `(${quoted(id)}, ${alias}.resource->${quoted(id)} is not null)`);
  return (_, item) => ({
    from: `(select urn from (values (${quoted(model.core.id)}, true), ${held.join(', ')}) as v (urn, held) where held) ${item}`,
    member: () => ({ sql: `${item}.urn`, as: 'text', column: 'required' }),
  });
}
