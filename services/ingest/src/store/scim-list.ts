import type { Sql } from '@rolebridge/persistence';
import type { BoundFilter } from '@rolebridge/scim';
import { conditionOf } from './scim-condition.ts';
import type { ScimColumns } from './scim-condition.ts';
import { sortKey } from './scim-order.ts';
import type { Order } from './scim-order.ts';
import { Parameters } from './scim-parameters.ts';

/** Which resources are wanted, in which order. */
export interface Wanted {
  readonly filter?: BoundFilter;
  /** Without one resources come in the order of their ids, which rise with time. */
  readonly order?: Order;
}

/** Which part of them. */
export interface Slice {
  /** Counts from 0. */
  readonly offset: number;
  readonly limit: number;
  /** Instead of the offset: what comes behind this id (or from it on); only in the order of ids. */
  readonly behind?: { readonly id: string; readonly inclusive: boolean };
}

/** A table in which resources are looked for. */
export interface Listed {
  readonly table: string;
  readonly alias: string;
  /** Which rows count at all. */
  readonly living: string;
  /** @param base a parameter with the address of the interface */
  readonly columns: (base: () => string) => ScimColumns;
  /** The address of the interface, as this caller reaches it. */
  readonly baseUrl: string;
}

export interface Ids {
  /** How many there are in all, on every page. */
  readonly total: number;
  readonly ids: readonly string[];
}

/** The ids of a page, and how many resources match: one pass over the table, by index where the filter allows it. */
export async function findIds(sql: Sql, listed: Listed, wanted: Wanted, slice: Slice): Promise<Ids> {
  const parameters = new Parameters();
  const found = foundBy(listed, wanted, parameters);
  const page = `select id, row_number() over () as place from (select id from found ${partOf(slice, wanted.order, parameters)}) p`;
  const text = `with found as materialized (${found}), page as (${page})
    select (select count(*) from found) as total, array(select id::text from page order by place) as ids`;
  const [row] = await sql.query<Ids>(text, parameters.values);
  return row ?? { total: 0, ids: [] };
}

/** As {@link findIds} where the number of all is known otherwise: reads no more than the page, and what it skips from an index. */
export async function findUncounted(sql: Sql, listed: Listed, wanted: Wanted, slice: Slice): Promise<readonly string[]> {
  const parameters = new Parameters();
  const found = foundBy(listed, wanted, parameters);
  // named otherwise than id, or the order would be that of the texts, which no index has
  const rows = await sql.query<{ found: string }>(`select id::text as found from (${found}) p ${partOf(slice, wanted.order, parameters)}`, parameters.values);
  return rows.map((row) => row.found);
}

/** The ids of the resources that are wanted, and the key that they are sorted by. */
export function foundBy({ table, alias, living, columns: columnsOf, baseUrl }: Listed, { filter, order }: Wanted, parameters: Parameters): string {
  const columns = columnsOf(() => parameters.add(baseUrl, 'text'));
  const key = order ? `, ${sortKey(order, columns)} as key` : '';
  const condition = filter ? ` and ${conditionOf(filter, columns, parameters)}` : '';
  return `select ${alias}.id${key} from ${table} ${alias} where ${living}${condition}`;
}

/** Resources without the value come last, or first when the order is turned round (RFC 7644 §3.4.2.3). */
function orderOf(order: Order | undefined): string {
  if (!order) return 'order by id';
  return order.descending ? 'order by key desc, id desc' : 'order by key, id';
}

function partOf({ offset, limit, behind }: Slice, order: Order | undefined, parameters: Parameters): string {
  const count = parameters.add(limit, 'integer');
  if (!behind || order) return `${orderOf(order)} offset ${parameters.add(offset, 'bigint')} limit ${count}`;
  return `where id ${behind.inclusive ? '>=' : '>'} ${parameters.add(behind.id, 'uuid')} ${orderOf(order)} limit ${count}`;
}
