import { randomBytes } from 'node:crypto';

/** Prefix of topics and groups that keeps one test suite apart from the others on the same broker, e.g. `t1f2e3d4c.`. */
export function uniquePrefix(): string {
  return `t${randomBytes(4).toString('hex')}.`;
}

/** Name of a PostgreSQL schema that no other test suite uses, e.g. `t_1f2e3d4c`. */
export function uniqueSchema(): string {
  return `t_${randomBytes(4).toString('hex')}`;
}
