import { MAX_ERASE_AFTER_DAYS, TOMBSTONE_AFTER_HOURS } from '@rolebridge/contracts';
import { BaseEnvironment } from '@rolebridge/observability';
import { IsNumber, Max, Min } from 'class-validator';
import type { ErasureSettings } from './store/erasure.store.ts';

const DAYS = { message: `must be a number of days from 0 to ${MAX_ERASE_AFTER_DAYS}: longer than that, and not everything is gone 30 days after the leaving.` };
const HOURS = { message: 'must be a number of hours from 0 to 48, more than a segment of the topic stays open (24).' };

/** When people who left are erased (L30). */
export class ErasureEnvironment extends BaseEnvironment {
  /** From leaving to erasure; until then a returning person keeps the id. */
  @IsNumber({}, DAYS)
  @Min(0, DAYS)
  @Max(MAX_ERASE_AFTER_DAYS, DAYS)
  readonly ERASE_AFTER_DAYS: number = 7;

  /** From erasure to the tombstone that closes the segment. */
  @IsNumber({}, HOURS)
  @Min(0, HOURS)
  @Max(48, HOURS)
  readonly ERASE_TOMBSTONE_HOURS: number = TOMBSTONE_AFTER_HOURS;
}

const HOUR_MS = 3_600_000;

export function erasureTimesOf({ ERASE_AFTER_DAYS: days, ERASE_TOMBSTONE_HOURS: hours }: ErasureEnvironment): Pick<ErasureSettings, 'eraseAfterMs' | 'tombstoneAfterMs'> {
  return { eraseAfterMs: days * 24 * HOUR_MS, tombstoneAfterMs: hours * HOUR_MS };
}
