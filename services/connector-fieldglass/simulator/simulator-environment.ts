import { IsIn, IsInt, IsString, Max, Min, MinLength } from 'class-validator';

const SET = { message: 'must be set; the connector needs the same value.' };

/** What the simulator is started with. The credentials carry the names that `deploy/systems.yaml` refers to. */
export class SimulatorEnvironment {
  @IsInt() @Min(0) @Max(65_535) readonly PORT: number = 8093;
  @IsString() readonly HOST: string = '127.0.0.1';
  @MinLength(1, SET) readonly FIELDGLASS_VIRTUAL_PERSON: string = '';
  @MinLength(1, SET) readonly FIELDGLASS_LICENSE_KEY: string = '';
  @MinLength(1, SET) readonly FIELDGLASS_UPLOAD_USERNAME: string = '';
  @MinLength(1, SET) readonly FIELDGLASS_UPLOAD_PASSWORD: string = '';
  /** Seconds. */
  @IsInt() @Min(1) readonly TOKEN_LIFETIME_S: number = 7_200;
  /** Until a created user is found by a search, milliseconds. */
  @IsInt() @Min(0) readonly SEARCH_LAG_MS: number = 0;
  /** How many groups exist: two with names of their own, the others numbered. */
  @IsInt() @Min(2) @Max(10_000) readonly GROUP_COUNT: number = 2;
  /** Uploads are only received, and processed after this time, milliseconds; 0: at once. */
  @IsInt() @Min(0) readonly ASYNCHRONOUS_MS: number = 0;
  @IsIn(['replace', 'add']) readonly UNIT_LIST: 'replace' | 'add' = 'replace';
}
