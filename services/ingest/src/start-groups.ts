import type { Logger, Metrics } from '@rolebridge/observability';
import { connectDatabase } from '@rolebridge/persistence';
import { boundedGroupWriter } from './inbound/bounded-group-writer.ts';
import type { IngestSettings } from './settings.ts';
import { countFanOut } from './store/groups-fan-out.ts';
import { startFanOut } from './store/groups-fan-out-worker.ts';
import type { GroupWriter } from './store/groups-writer.ts';
import { groupWriter } from './store/groups-writer.ts';
import { newUserId } from './store/new-user-id.ts';

export interface GroupsParts {
  readonly url: string;
  readonly schema: string;
  readonly settings: IngestSettings;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly monotonicMs: () => number;
  /** Single changes that wait or are being written; raising users after a change of a group lets them pass. */
  readonly pending: () => number;
}

/** Connections of their own: one writes a large group, one raises its users, and single changes keep theirs. */
const CONNECTIONS = 3;

/** The way in for groups, and the work that follows their changes. */
export function startGroups({ url, schema, settings, log, metrics, monotonicMs, pending }: GroupsParts): { readonly writer: GroupWriter; readonly close: () => Promise<void> } {
  const database = connectDatabase({ url, schema, applicationName: 'ingest-groups', maxConnections: CONNECTIONS, queue: true, log });
  metrics.gauge({ name: 'ingest_fan_out_users', help: 'Users whose groups have changed and whose state is still to be published.', collect: async (gauge) => gauge.set(await countFanOut(database)) });
  const now = () => new Date();
  const unsendable = (userId: string): void => log.error({ userId }, 'the groups of a user could not be published: the event would be too large');
  const fanOut = startFanOut({ database, settings, now, monotonicMs, pending, log, unsendable });
  const writer = groupWriter({ database, settings, now, newId: () => newUserId(), changed: fanOut.wake });
  const close = async (): Promise<void> => {
    await fanOut.close();
    await database.close();
  };
  return { writer: boundedGroupWriter(writer, settings.door), close };
}
