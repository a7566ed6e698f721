import type { Logger, Metrics } from '@rolebridge/observability';

import type { Warning } from '../decide/facts.ts';
import type { RoundResult } from '../store/judge.ts';

export type Reason = 'change' | 'rules' | 'time';

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
  const buriedRecords = metrics.counter({ name: 'records_buried_total', help: 'Records of identity.user that went to the dead letters.' });
  return {
    judged: (result, reason) => {
      users.inc({ reason }, result.users);
      accounts.inc({ reason }, result.published);
      refused.inc(result.refused);
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

/** One line per kind and system, however many people it is about. */
function counted(warnings: readonly Warning[]): readonly (readonly [Warning, number])[] {
  const byKind = new Map<string, readonly [Warning, number]>();
  for (const warning of warnings) {
    const key = `${warning.system} ${warning.code}`;
    byKind.set(key, [warning, (byKind.get(key)?.[1] ?? 0) + 1]);
  }
  return [...byKind.values()];
}
