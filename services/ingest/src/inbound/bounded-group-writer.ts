import { isConnectionError } from '@rolebridge/persistence';
import type { DoorSettings } from '../settings.ts';
import { TooLateError } from '../store/change-writer.ts';
import type { GroupWriter } from '../store/groups-writer.ts';
import { pleaseRepeat, within } from './bounded-writer.ts';

/** As the writer, but within the time a caller waits; what cannot be committed is answered "please repeat". */
export function boundedGroupWriter(writer: GroupWriter, settings: DoorSettings): GroupWriter {
  return {
    accept: async (command) => {
      try {
        return await within(writer.accept(command), settings.acceptTimeoutMs);
      } catch (error) {
        throw error instanceof TooLateError || isConnectionError(error) ? pleaseRepeat(settings) : error;
      }
    },
  };
}
