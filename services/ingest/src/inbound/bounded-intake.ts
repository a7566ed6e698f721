import type { Failure, IncomingRecord } from '@rolebridge/contracts';
import { isConnectionError } from '@rolebridge/persistence';
import type { DoorSettings } from '../settings.ts';
import { TooLateError } from '../store/change-writer.ts';
import type { EventIntake } from '../store/event-intake.ts';
import type { EventOutcome } from '../store/take-records.ts';
import { pleaseRepeat, within } from './bounded-writer.ts';

/** Events that may wait at once; beyond it the answer would come too late anyway. */
const MAX_PENDING = 5000;

export interface BoundedIntake {
  /** As the intake, but within the time a sender waits; what cannot be committed is answered "please repeat". */
  accept(record: IncomingRecord): Promise<EventOutcome>;
  /** Sets an event aside that is not even an event. */
  refuse(record: IncomingRecord, failure: Failure): Promise<void>;
}

/** @param monotonicMs a clock that never goes back */
export function boundedIntake(intake: EventIntake, settings: DoorSettings, monotonicMs: () => number): BoundedIntake {
  const bounded = async <T>(work: (deadlineMs: number) => Promise<T>): Promise<T> => {
    if (intake.pending >= MAX_PENDING) throw pleaseRepeat(settings);
    try {
      return await within(work(monotonicMs() + settings.acceptTimeoutMs), settings.acceptTimeoutMs);
    } catch (error) {
      throw error instanceof TooLateError || isConnectionError(error) ? pleaseRepeat(settings) : error;
    }
  };
  return {
    accept: (record) => bounded((deadlineMs) => intake.accept({ record, deadlineMs })),
    refuse: (record, failure) => bounded(() => intake.refuse(record, failure)),
  };
}
