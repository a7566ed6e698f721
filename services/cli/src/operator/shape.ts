/** What is shown is checked; further fields of newer services are welcome. */
export type Check = (value: unknown) => boolean;

export const isText: Check = (value) => typeof value === 'string';
export const isNumber: Check = (value) => typeof value === 'number' && Number.isFinite(value);
export const orNull = (check: Check): Check => (value) => value === null || check(value);
export const optional = (check: Check): Check => (value) => value === undefined || check(value);
export const oneOf = (values: readonly string[]): Check => (value) => values.some((known) => known === value);
export const listOf = (check: Check): Check => (value) => Array.isArray(value) && value.every(check);
export const isFlag: Check = (value) => typeof value === 'boolean';

export function shape(fields: Readonly<Record<string, Check>>): Check {
  return (value) => typeof value === 'object' && value !== null && Object.entries(fields).every(([name, check]) => check((value as Record<string, unknown>)[name])); // any object may be asked for a field
}

export const valuesOf = (check: Check): Check => (value) => typeof value === 'object' && value !== null && Object.values(value).every(check);

