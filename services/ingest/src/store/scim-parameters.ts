/** The parameters of a statement, in order. */
export class Parameters {
  readonly values: unknown[] = [];

  /** @returns how the statement names the value, with its type */
  add(value: unknown, type: 'text' | 'uuid' | 'boolean' | 'timestamptz' | 'integer' | 'bigint'): string {
    this.values.push(value);
    return `$${this.values.length}::${type}`;
  }
}

/** A name from our own schemas as an SQL text. @throws Error for a name that no schema can have */
export function quoted(name: string): string {
  if (!/^[\w.:$-]+$/.test(name)) throw new Error(`The attribute ${name} cannot be named in SQL.`);
  return `'${name}'`;
}
