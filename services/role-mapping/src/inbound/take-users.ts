import type { IncomingRecord } from '@rolebridge/contracts';
import { halving } from '@rolebridge/kafka';
import type { Batch, BatchHandler } from '@rolebridge/kafka';

import { CONSUMER } from '../decide/records.ts';
import { isNobodysFault } from '../store/nobodys-fault.ts';
import type { IntakeResult, UserIntake } from '../store/user-intake.ts';
import { letterOf, readUsers } from './read-users.ts';

export interface TakerOptions {
  readonly intake: UserIntake;
  readonly topicPrefix: string;
  readonly serviceVersion: string;
  readonly onTaken?: (result: IntakeResult) => void;
  readonly onBuried?: (records: number) => void;
}

export interface UserTaker {
  readonly take: BatchHandler;
  /** Whether a batch is being worked on right now. */
  isBusy(): boolean;
}

/** Takes batches of `identity.user.v1`: people, dead letters and offsets in one transaction; one bad record never stops the others (L3). */
export function takeUsers(options: TakerOptions): UserTaker {
  let running = 0;
  const handle = halving({ take: (batch) => take(batch, options), bury: (record, error, batch) => bury(record, error, batch, options), isConnectionError: isNobodysFault });
  return {
    isBusy: () => running > 0,
    take: async (batch) => {
      running += 1;
      try {
        await handle(batch);
      } finally {
        running -= 1;
      }
    },
  };
}

async function take(batch: Batch, options: TakerOptions): Promise<void> {
  const { users, malformed } = readUsers(batch.records);
  const buried = malformed.map(([record, error]) => letterOf(record, error, contextOf(options)));
  const result = await options.intake.take({ consumer: batch.consumer, users, buried, offsets: batch.offsets });
  options.onTaken?.(result);
  if (buried.length > 0) options.onBuried?.(buried.length);
}

/** This record alone fails for a reason nobody foresaw. */
async function bury(record: IncomingRecord, error: unknown, batch: Batch, options: TakerOptions): Promise<void> {
  const buried = [letterOf(record, error, contextOf(options))];
  await options.intake.take({ consumer: batch.consumer, users: [], buried, offsets: batch.offsets });
  options.onBuried?.(buried.length);
}

function contextOf({ topicPrefix, serviceVersion }: TakerOptions) {
  return { consumer: CONSUMER, topicPrefix, serviceVersion, at: new Date().toISOString() };
}
