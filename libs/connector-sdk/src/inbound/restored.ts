import { ConfigurationError } from '@rolebridge/observability';
import { isServed } from '@rolebridge/persistence';
import { startReapply } from '../store/reapply.ts';
import { noteAccounts } from './restored-accounts.ts';
import type { RestoredOptions } from './restored-options.ts';
import { readTold, readWishesAgain } from './restored-readings.ts';

/** What the job did at one system. */
export interface RestoredSystem {
  readonly system: string;
  /** People of whom the topic knew wishes that the backup does not know as applied. */
  readonly learned: number;
  /** People whose accounts are looked at again once the connector runs. */
  readonly reapplied: number;
}

/**
 * The one-shot job after the schema was put back from an older backup, while the connector is stopped (L4, L18): the memory is older than
 * the target. Takes every wish from the topic, notes whose account is whose and what may have been written since, and orders everybody's account to be
 * looked at again.
 * May be run again, also when it died on its way.
 */
export async function restoreConnector(options: RestoredOptions): Promise<readonly RestoredSystem[]> {
  const { database, systems, log } = options;
  if (await isServed(database)) throw new ConfigurationError(['The connector is running on this schema: stop every instance of it first.']);
  const results: RestoredSystem[] = [];
  for (const part of systems) {
    const told = await readTold(options, part.system.name);
    const open = await readWishesAgain(options, part.system.name);
    await noteAccounts(options, part, { told, open });
    const reapply = await startReapply(database, { system: part.system.name, perMinute: 6000, reason: 'The schema was put back from a backup.' }, 'operator');
    results.push({ system: part.system.name, learned: open.size, reapplied: reapply?.people ?? 0 });
  }
  log.info({ systems: results }, 'What the backup did not know was taken; the connector may be started and looks at every account again.');
  return results;
}
