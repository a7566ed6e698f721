import type { FilterPlace, Question } from '@rolebridge/scim';
import type { ScimColumns, SqlValue } from './scim-condition.ts';
import { quoted } from './scim-parameters.ts';

/** Attributes that stand in the column `resource` (jsonb) of a table. @param table its alias */
export function jsonColumns(table: string): ScimColumns {
  const holder = ({ urn }: FilterPlace): string => `${table}.resource${urn === undefined ? '' : `->${quoted(urn)}`}`;
  return {
    single: (place) => typed(place, memberOf(holder(place), place)),
    present: (place) => (isText(place) ? `coalesce(${memberOf(holder(place), place)} <> '', false)` : `(${memberOf(holder(place), place)} is not null)`),
    list: (place, alias) => ({
      from: `jsonb_array_elements(${holder(place)}->${quoted(place.attribute.name)}) ${alias}`,
      member: (name, { attribute }: Question) => asType(attribute.type, `${alias}->>${quoted(name)}`),
    }),
    hasExtension: (urn) => `(${table}.resource->${quoted(urn)} is not null)`,
  };
}

function memberOf(holder: string, { attribute, sub }: FilterPlace): string {
  if (sub) return `${holder}->${quoted(attribute.name)}->>${quoted(sub.name)}`;
  return attribute.type === 'complex' ? `${holder}->${quoted(attribute.name)}` : `${holder}->>${quoted(attribute.name)}`;
}

function isText({ attribute, sub }: FilterPlace): boolean {
  return (sub ?? attribute).type !== 'complex';
}

function typed({ attribute, sub }: FilterPlace, sql: string): SqlValue {
  return asType((sub ?? attribute).type, sql);
}

function asType(type: FilterPlace['attribute']['type'], sql: string): SqlValue {
  if (type === 'boolean') return { sql: `(${sql})`, as: 'flag' };
  if (type === 'dateTime') return { sql: `scim_instant(${sql})`, as: 'instant' };
  return { sql: `(${sql})`, as: 'text' };
}
