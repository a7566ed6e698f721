import { TOMBSTONE_AFTER_HOURS } from '@rolebridge/contracts';
import { BaseEnvironment } from '@rolebridge/observability';
import { IsNumber, Max, Min, MinLength } from 'class-validator';

const HOURS = { message: 'must be a number of hours from 0 to 48, more than a segment of the topic stays open (24).' };

/** Variables of every connector process. */
export class ConnectorEnvironment extends BaseEnvironment {
  /** Operators and their rights; their secrets are hashes (L29). */
  @MinLength(1, { message: 'must be the path of the file that lists the operators, for example deploy/operators.yaml.' })
  readonly OPERATORS_FILE: string = '';

  /** From the erasure of a person to the tombstone that closes the segment of a topic (a day). */
  @IsNumber({}, HOURS)
  @Min(0, HOURS)
  @Max(48, HOURS)
  readonly ERASE_TOMBSTONE_HOURS: number = TOMBSTONE_AFTER_HOURS;
}
