import { TOMBSTONE_AFTER_HOURS } from '@rolebridge/contracts';
import { BaseEnvironment } from '@rolebridge/observability';
import { IsInt, IsNumber, Max, Min, MinLength } from 'class-validator';

const HOURS = { message: 'must be a number of hours from 0 to 48, more than a segment of the topic stays open (24).' };

/** What this service reads from its environment. */
export class RoleMappingEnvironment extends BaseEnvironment {
  override readonly PORT: number = 8081;

  @MinLength(1, { message: 'must be the folder that holds one folder of rules per system, for example deploy/rules.' })
  readonly RULES_DIR: string = '';

  @MinLength(1, { message: 'must be the path of the file that lists the operators, for example deploy/operators.yaml.' })
  readonly OPERATORS_FILE: string = '';

  /** People per transaction when new rules are applied to everybody. */
  @IsInt({ message: 'must be a whole number from 1 to 500.' })
  @Min(1, { message: 'must be a whole number from 1 to 500.' })
  @Max(500, { message: 'must be a whole number from 1 to 500.' })
  readonly SWEEP_CHUNK: number = 200;

  /** Pause between two such transactions, milliseconds. */
  @IsInt({ message: 'must be a whole number of milliseconds from 0 to 60000.' })
  @Min(0, { message: 'must be a whole number of milliseconds from 0 to 60000.' })
  @Max(60_000, { message: 'must be a whole number of milliseconds from 0 to 60000.' })
  readonly SWEEP_PAUSE_MS: number = 50;

  /** From the last wish of an erased person to its tombstone, which closes the segment of the topic (a day). */
  @IsNumber({}, HOURS)
  @Min(0, HOURS)
  @Max(48, HOURS)
  readonly ERASE_TOMBSTONE_HOURS: number = TOMBSTONE_AFTER_HOURS;
}
