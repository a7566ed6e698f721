import { type Checked, readSent } from './checked.ts';

/**
 * Replay (L27): a consumer reads its topic again with the fence on, beside its running reader, and proves itself a no-op. The same
 * routes in every connector (consumers `connector-<system>`) and in role-mapping (consumer `role-mapping`).
 *
 * | route | right | answer |
 * |---|---|---|
 * | `POST /operator/replays` {@link ReplayOrder} | `operate` | {@link ReplayStatus}; 400 when there is no such partition or offset, 409 while another replay of the consumer runs |
 * | `GET /operator/replays` | `read` | {@link ReplayList}, newest first, at most 50 |
 * | `POST /operator/replays/<id>/stop` {@link ReplayStop} | `operate` | {@link ReplayStatus}; 404, 409 when it has ended |
 */
export const REPLAY_PATHS = { all: '/operator/replays', stop: (id: number) => `/operator/replays/${id}/stop` } as const;

export interface ReplayOrder {
  readonly consumer: string;
  /** `beginning`, `offset` or `time`. */
  readonly from: 'beginning' | 'offset' | 'time';
  readonly offset?: number;
  /** ISO 8601. */
  readonly time?: string;
  readonly partition?: number;
  readonly reason: string;
}

export interface ReplayStop {
  readonly reason: string;
}

export const REPLAY_STATES = ['running', 'done', 'failed', 'stopped'] as const;

export interface ReplayStatus {
  readonly id: number;
  readonly consumer: string;
  readonly topic: string;
  readonly state: (typeof REPLAY_STATES)[number];
  /** Offsets between begin and end: markers and compacted records count, so somewhat more than there are records. */
  readonly offsets: number;
  /** Of these, how many are behind it. */
  readonly passed: number;
  /** Records read. */
  readonly records: number;
  /** Records that were news: what the running reader had not taken, or what was lost. 0 proves that nothing was changed. */
  readonly changed: number;
  /** Records that cannot be read; they were buried when they were read first. */
  readonly unreadable: number;
  readonly problem?: string;
  readonly operator: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly endedAt: string | null;
}

export interface ReplayList {
  readonly replays: readonly ReplayStatus[];
}

/** PURE. Body of a replay, for one of these consumers. */
export function readReplayOrder(body: unknown, consumers: readonly string[]): Checked<ReplayOrder> {
  return readSent(body, (sent): ReplayOrder => {
    const from = sent.oneOf('from', ['beginning', 'offset', 'time'] as const);
    return {
      consumer: sent.oneOf('consumer', consumers),
      from,
      ...(from === 'offset' && { offset: sent.whole('offset', 0, Number.MAX_SAFE_INTEGER) }),
      ...(from === 'time' && { time: sent.time('time') }),
      ...(sent.has('partition') && { partition: sent.whole('partition', 0, 100_000) }),
      reason: sent.reason(),
    };
  });
}
