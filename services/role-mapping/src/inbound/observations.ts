import { OVER_ALL } from '@rolebridge/contracts';
import type { Logger, Metrics } from '@rolebridge/observability';
import type { Database } from '@rolebridge/persistence';

import type { Warning } from '../decide/facts.ts';
import { countHeld } from '../store/held.repository.ts';
import type { RoundResult } from '../store/judge.ts';

export type Reason = 'change' | 'rules' | 'time' | 'released';

export interface Observations {
  judged(result: RoundResult, reason: Reason): void;
  buried(records: number): void;
}

/** Tells logs and metrics what came of judging; never who it was about. */
export function observations(metrics: Metrics, log: Logger): Observations {
  const users = metrics.counter({ name: 'users_judged_total', help: 'People judged, by why.', labels: ['reason'] });
  const accounts = metrics.counter({ name: 'accounts_published_total', help: 'Desired accounts published, by why.', labels: ['reason'] });
  const refused = metrics.counter({ name: 'accounts_refused_total', help: 'Wishes that break a rule of their system.' });
  const warned = metrics.counter({ name: 'judging_warnings_total', help: 'Warnings while judging.', labels: ['system', 'code'] });
  const held = metrics.counter({ name: 'brake_held_total', help: 'People whose losses the brake held back.', labels: ['system'] });
  held.inc({ system: OVER_ALL }, 0);
  const buriedRecords = metrics.counter({ name: 'records_buried_total', help: 'Records of identity.user that went to the dead letters.' });
  return {
    judged: (result, reason) => {
      users.inc({ reason }, result.users);
      accounts.inc({ reason }, result.published);
      refused.inc(result.refused);
      if (result.held > 0) {
        held.inc({ system: OVER_ALL }, result.held);
        log.warn({ people: result.held }, 'the brake holds back what people would lose; an operator has to release or drop it');
      }
      for (const [warning, count] of counted(result.warnings)) {
        warned.inc({ system: warning.system, code: warning.code }, count);
        log.warn({ system: warning.system, code: warning.code, count }, warning.message);
      }
    },
    buried: (records) => {
      buriedRecords.inc(records);
      log.error({ records }, 'records that are no people went to the dead letters');
    },
  };
}

/** How many people's losses wait for a decision, as of each scrape: more than none is an alert (L26). A database that is away leaves it as it was. */
export function watchBrake(metrics: Metrics, database: Database): void {
  metrics.gauge({
    name: 'brake_held',
    help: 'Changes that the brake holds back until somebody releases or drops them.',
    labels: ['system'],
    async collect(gauge) {
      const count = await countHeld(database).catch(() => undefined);
      if (count) gauge.set({ system: OVER_ALL }, count.held);
    },
  });
}

/** One line per kind and system, however many people it is about. */
function counted(warnings: readonly Warning[]): readonly (readonly [Warning, number])[] {
  const byKind = new Map<string, readonly [Warning, number]>();
  for (const warning of warnings) {
    const key = `${warning.system} ${warning.code}`;
    byKind.set(key, [warning, (byKind.get(key)?.[1] ?? 0) + 1]);
  }
  return [...byKind.values()];
}
