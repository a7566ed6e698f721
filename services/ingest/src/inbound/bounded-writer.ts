import { isConnectionError } from '@rolebridge/persistence';
import { ScimError } from '@rolebridge/scim';
import type { Answer } from '../decide/answer.ts';
import type { DoorSettings } from '../settings.ts';
import { TooLateError } from '../store/change-writer.ts';
import type { ChangeWriter, Command } from '../store/change-writer.ts';

/** Commands that may wait at once; beyond it the answer would come too late anyway. */
const MAX_PENDING = 5000;

export interface BoundedWriter {
  /** As the writer, but within the time a caller waits; what cannot be committed is answered "please repeat". */
  accept(command: Omit<Command, 'deadlineMs'>): Promise<Answer>;
}

/** @param monotonicMs a clock that never goes back */
export function boundedWriter(writer: ChangeWriter, settings: DoorSettings, monotonicMs: () => number): BoundedWriter {
  return {
    accept: async (command) => {
      if (writer.pending >= MAX_PENDING) throw pleaseRepeat(settings);
      try {
        const deadlineMs = monotonicMs() + settings.acceptTimeoutMs;
        return await within(writer.accept({ ...command, deadlineMs }), settings.acceptTimeoutMs);
      } catch (error) {
        throw error instanceof TooLateError || isConnectionError(error) ? pleaseRepeat(settings) : error;
      }
    },
  };
}

/** Nothing was committed as far as we know; whoever repeats loses nothing. */
export function pleaseRepeat({ unavailableStatus, retryAfterSeconds }: DoorSettings): ScimError {
  return ScimError.plain(unavailableStatus, 'The change cannot be stored at the moment; please repeat it.', { 'retry-after': String(retryAfterSeconds) });
}

/** The result, or {@link TooLateError} when it takes too long. */
export async function within<T>(work: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TooLateError('The commit takes too long.')), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
