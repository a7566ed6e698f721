import type { Sql } from '@rolebridge/persistence';
import { foundBy } from './scim-list.ts';
import type { Listed, Slice, Wanted } from './scim-list.ts';
import { Parameters } from './scim-parameters.ts';

/** One of several resource types that are searched at once. */
export interface MergedPart {
  readonly type: 'User' | 'Group';
  readonly listed: Listed;
  readonly wanted: Wanted;
}

export interface Merged {
  readonly total: number;
  readonly found: readonly { readonly type: string; readonly id: string }[];
}

/** A page of resources of several types; without an order users come first. */
export async function findMerged(sql: Sql, parts: readonly MergedPart[], { offset, limit }: Slice): Promise<Merged> {
  if (parts.length === 0) return { total: 0, found: [] };
  const parameters = new Parameters();
  const sorted = parts.some(({ wanted }) => wanted.order);
  const descending = parts.some(({ wanted }) => wanted.order?.descending);
  const selects = parts.map(({ type, listed, wanted }, at) => {
    const key = wanted.order ? 'key' : 'null::text';
    return `select '${type}' as type, ${at} as place, id, ${key} as key from (${foundBy(listed, wanted, parameters)}) p${at}`;
  });
  const order = sorted ? `order by key collate "C" ${descending ? 'desc' : 'asc'}, place, id` : 'order by place, id';
  const page = `select type, id::text as id, row_number() over () as row from (select * from found ${order} offset ${parameters.add(offset, 'bigint')} limit ${parameters.add(limit, 'integer')}) s`;
  const text = `with found as materialized (${selects.join(' union all ')}), page as (${page})
    select (select count(*) from found) as total, coalesce((select jsonb_agg(jsonb_build_object('type', type, 'id', id) order by row) from page), '[]') as found`;
  const [row] = await sql.query<Merged>(text, parameters.values);
  return row ?? { total: 0, found: [] };
}
