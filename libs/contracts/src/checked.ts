import { REASON_MAX_CHARACTERS } from './operator.ts';
import { unstorableText } from './unstorable.ts';

/** What an operator sent, checked; or one sentence that names the field and the fix. */
export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

class Wrong extends Error {}

/** The fields of a body or a query. Each reading names the field in its refusal; query parameters are texts and are read as what they mean. */
export class SentFields {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(sent: unknown) {
    this.#fields = typeof sent === 'object' && sent !== null && !Array.isArray(sent) ? (sent as Readonly<Record<string, unknown>>) : {}; // any object may be asked for a field
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined;
  }

  text(name: string): string {
    const value = this.#fields[name];
    if (typeof value === 'string' && value.length > 0 && value.length <= 200 && unstorableText(value) === undefined) return value;
    throw new Wrong(`${name}: must be text of 1 to 200 characters.`);
  }

  oneOf<T extends string>(name: string, values: readonly T[]): T {
    const found = values.find((value) => value === this.#fields[name]);
    if (found === undefined) throw new Wrong(`${name}: must be one of ${values.join(', ')}.`);
    return found;
  }

  whole(name: string, least: number, most: number): number {
    const value = this.#fields[name];
    const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
    if (typeof number === 'number' && Number.isSafeInteger(number) && number >= least && number <= most) return number;
    throw new Wrong(`${name}: must be a whole number from ${least} to ${most}.`);
  }

  flag(name: string): boolean {
    const value = this.#fields[name];
    if (value === true || value === 'true') return true;
    if (value === undefined || value === false || value === 'false') return false;
    throw new Wrong(`${name}: must be true or false.`);
  }

  userId(name: string): string {
    const value = this.#fields[name];
    if (typeof value === 'string' && UUID.test(value)) return value.toLowerCase();
    throw new Wrong(`${name}: must be the id of a user, a UUID.`);
  }

  /** ISO 8601; as an instant in UTC. */
  time(name: string): string {
    const text = this.text(name);
    const ms = /^\d{4}-\d\d-\d\d(T|$)/.test(text) ? Date.parse(text) : Number.NaN;
    if (Number.isNaN(ms)) throw new Wrong(`${name}: must be a time like 2026-11-22T09:00:00Z.`);
    return new Date(ms).toISOString();
  }

  /** Why somebody orders something. */
  reason(): string {
    const { reason } = this.#fields;
    if (typeof reason !== 'string' || reason.trim() === '') throw new Wrong('reason: say in a sentence why this is right.');
    if (reason.length > REASON_MAX_CHARACTERS || unstorableText(reason) !== undefined) throw new Wrong(`reason: must be plain text of at most ${REASON_MAX_CHARACTERS} characters.`);
    return reason.trim();
  }

  /** Exactly one of these must be given: its name. */
  either<T extends string>(names: readonly T[], sentence: string): T {
    const [found, ...more] = names.filter((name) => this.has(name));
    if (found === undefined || more.length > 0) throw new Wrong(sentence);
    return found;
  }
}

/** PURE. Reads what was sent. */
export function readSent<T>(sent: unknown, read: (fields: SentFields) => T): Checked<T> {
  try {
    return { ok: true, value: read(new SentFields(sent)) };
  } catch (error) {
    if (error instanceof Wrong) return { ok: false, problem: error.message };
    throw error;
  }
}
