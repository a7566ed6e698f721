import { ClassifiedError } from '@rolebridge/contracts';
import { SqlError } from '@rolebridge/persistence';

/** SQLSTATE classes that can lie in what one record holds: data exception, constraint violation, program limit (PostgreSQL, appendix A). */
const LIES_IN_THE_VALUES = /^(22|23|54)/;

/**
 * Whether an error says nothing about the people who were being judged: database away, full, locked or not migrated, rules unusable.
 * Then everything is tried again later, and nobody is buried: an outage is not a thousand dead letters.
 */
export function isNobodysFault(error: unknown): boolean {
  if (error instanceof SqlError) return error.connection || !LIES_IN_THE_VALUES.test(error.code);
  return error instanceof ClassifiedError && (error.failure.kind === 'halting' || error.failure.kind === 'transient');
}
