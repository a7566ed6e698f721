import { types } from 'node:util';
import { DatabaseError } from 'pg';

/** Causes that lie in the connection or the server's state, not in the statement: connection, resources, operator intervention. */
const CONNECTION_STATES = /^(08|57P0|53300)/;

/** Codes of Node's sockets and of name resolution. */
const CONNECTION_CODES = new Set(
  'ECONNREFUSED ECONNRESET EPIPE ETIMEDOUT ENOTFOUND EAI_AGAIN EHOSTUNREACH ENETUNREACH'.split(' '),
);

/** pg has no codes for these, only words (pg 8.23 `lib/client.js`, pg-pool 3 `index.js`). */
const CONNECTION_WORDS = new RegExp(
  '^(Connection terminated|timeout expired|timeout exceeded when trying to connect|Query read timeout|Client (has encountered a connection error|was closed))',
);

/**
 * Classes of SQLSTATE whose texts name objects and settings but never a parameter of ours (PostgreSQL, appendix A):
 * connection, authentication, unknown database, syntax and undefined names, resources, locks, operator intervention.
 */
const HARMLESS_TEXTS = /^(08|28|3D|40|42|53|55|57)/;

interface SqlErrorFacts {
  readonly code: string;
  readonly connection: boolean;
  readonly constraint?: string;
  readonly table?: string;
}

/** A failed statement or connection. Never carries parameter values: neither in its message nor in any other field. */
export class SqlError extends Error {
  override readonly name = 'SqlError';
  /** SQLSTATE, e.g. `23505`, or the socket's code. */
  readonly code: string;
  readonly constraint?: string;
  readonly table?: string;
  /** Whether the connection failed, not the statement: the same work may succeed later. */
  readonly connection: boolean;

  constructor(message: string, facts: SqlErrorFacts) {
    super(message);
    this.code = facts.code;
    this.connection = facts.connection;
    if (facts.constraint !== undefined) this.constraint = facts.constraint;
    if (facts.table !== undefined) this.table = facts.table;
  }
}

/** Whether the database could not be reached (or ended the session), so that the same work may succeed later. */
export function isConnectionError(error: unknown): boolean {
  return error instanceof SqlError && error.connection;
}

/** Whether a unique constraint or index refused the row; optionally which one. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  return error instanceof SqlError && error.code === '23505' && (constraint === undefined || error.constraint === constraint);
}

/** Turns what pg throws into an {@link SqlError} without values; leaves everything else as it is. */
export function withoutValues(error: unknown): unknown {
  if (error instanceof DatabaseError) return fromServer(error);
  if (!types.isNativeError(error) || error instanceof SqlError) return error;
  const code = codeOf(error);
  if (!CONNECTION_CODES.has(code) && !CONNECTION_WORDS.test(error.message)) return error;
  return new SqlError(`The database connection failed: ${messageOf(error)}`, { code: code || 'connection', connection: true });
}

function fromServer(error: DatabaseError): SqlError {
  const { code = 'XX000', constraint, table } = error;
  const text = HARMLESS_TEXTS.test(code) ? error.message : (CLASS_NAMES[code.slice(0, 2)] ?? 'the statement failed');
  return new SqlError(`PostgreSQL ${code}: ${text}${placeOf(error)}`, {
    code,
    connection: CONNECTION_STATES.test(code),
    ...(constraint === undefined ? {} : { constraint }),
    ...(table === undefined ? {} : { table }),
  });
}

function placeOf({ table, column, constraint }: DatabaseError): string {
  const names = Object.entries({ table, column, constraint }).filter(([, name]) => name !== undefined);
  return names.length === 0 ? '' : ` (${names.map((pair) => pair.join(' ')).join(', ')})`;
}

const CLASS_NAMES: Readonly<Record<string, string>> = {
  '22': 'a value has the wrong form',
  '23': 'a constraint refused the row',
  P0: 'a function raised an error',
  XX: 'internal error',
};

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Several addresses of one host fail as an AggregateError with an empty message. */
function messageOf(error: Error): string {
  const causes: readonly unknown[] = 'errors' in error && Array.isArray(error.errors) ? error.errors : [error];
  return causes.map((cause) => (types.isNativeError(cause) ? cause.message : String(cause))).join('; ');
}
