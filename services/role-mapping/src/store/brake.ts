import type { Sql } from '@rolebridge/persistence';

import type { Assigned } from '../decide/assign.ts';

/**
 * The brake over all systems (L26): asked before anything is stored or published, in the same transaction. What it holds back stays
 * a difference to what was published, so it comes up again with the next evaluation.
 */
export interface Brake {
  admit(sql: Sql, assigned: readonly Assigned[]): Promise<readonly Assigned[]>;
}

/** Holds nothing back; each connector has its own brake before the first write. */
export const openBrake: Brake = { admit: async (_sql, assigned) => assigned };
