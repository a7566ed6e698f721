import { URN } from '@rolebridge/scim';
import { ArrayNotEmpty, IsArray, IsBoolean, IsIn, IsInt, IsOptional, IsString, Matches, Max, Min, MinLength } from 'class-validator';
import { ErasureEnvironment } from './erasure-environment.ts';

const ATTRIBUTE = { message: 'must be the name of a custom attribute, for example z_roles or customAttribute3.' };

const SYSTEM = { message: 'must be the name of a system, as in the landscape file.' };
const HEADER = { message: 'must be the name of a header, for example X-Client-Certificate.' };

/** Variables of the front door. */
export class IngestEnvironment extends ErasureEnvironment {
  @MinLength(1, { message: 'must be the path of the file that lists the callers, for example deploy/callers.yaml.' })
  readonly CALLERS_FILE: string = '';

  @MinLength(1, { message: 'must be the path of the file that lists the operators, for example deploy/operators.yaml.' })
  readonly OPERATORS_FILE: string = '';

  /** Address under which callers reach this service, for `Location`; without it the `Host` header counts. */
  @IsOptional()
  @Matches(/^https?:\/\/[^\s/?#]+(\/[^\s?#]*[^\s?#/])?$/, { message: 'must be an address without a slash at its end, for example https://rolebridge.example.org.' })
  readonly PUBLIC_URL?: string = undefined;

  @IsArray()
  @ArrayNotEmpty({ message: `must be a comma list of URNs, for example ${URN.sapCustomUser}.` })
  @Matches(/^urn:[A-Za-z0-9][A-Za-z0-9:._-]*$/, { each: true, message: `must be a comma list of URNs, for example ${URN.sapCustomUser}.` })
  readonly CUSTOM_EXTENSIONS: readonly string[] = [URN.sapCustomUser];

  @Matches(/^\S+$/, ATTRIBUTE)
  readonly UNITS_ATTRIBUTE: string = 'z_assignedInstitutes';

  @Matches(/^\S+$/, ATTRIBUTE)
  readonly PRIMARY_UNIT_ATTRIBUTE: string = 'z_primaryInstitute';

  @Matches(/^\S+$/, ATTRIBUTE)
  readonly ROLES_ATTRIBUTE: string = 'z_roles';

  @IsString()
  @MinLength(1)
  readonly LIST_SEPARATOR: string = ',';

  @IsIn(['exact', 'upper'], { message: 'must be exact (A1 and a1 are two units) or upper (both are A1).' })
  readonly UNIT_CASE: 'exact' | 'upper' = 'exact';

  @IsBoolean({ message: 'must be true or false.' })
  readonly RETURN_BY_USER_NAME: boolean = false;

  /** Event sources (`ce_source`) whose first word about a person may mean the user who has the same login. */
  @IsArray()
  @MinLength(1, { each: true })
  readonly CORRELATED_SOURCES: readonly string[] = [];

  @IsIn([429, 503], { message: 'must be 429 (SAP Identity Provisioning repeats it) or 503.' })
  readonly UNAVAILABLE_STATUS: number = 429;

  @IsInt()
  @Min(1, { message: 'must be a number of seconds from 1 to 3600.' })
  @Max(3600, { message: 'must be a number of seconds from 1 to 3600.' })
  readonly RETRY_AFTER_SECONDS: number = 5;

  @IsInt()
  @Min(100, { message: 'must be a number of milliseconds from 100 to 60000.' })
  @Max(60_000, { message: 'must be a number of milliseconds from 100 to 60000.' })
  readonly ACCEPT_TIMEOUT_MS: number = 5000;

  @IsInt()
  @Min(1, { message: 'must be a number of hours from 1 to 720.' })
  @Max(720, { message: 'must be a number of hours from 1 to 720.' })
  readonly IDEMPOTENCY_HOURS: number = 24;

  /** As long as the topic keeps its records, plus a day. */
  @IsInt()
  @Min(1, { message: 'must be a number of days from 1 to 400.' })
  @Max(400, { message: 'must be a number of days from 1 to 400.' })
  readonly EVENT_ID_DAYS: number = 31;

  @IsInt()
  @Min(0, { message: 'must be a number of requests, 0 for no limit.' })
  readonly CALLER_REQUESTS_PER_MINUTE: number = 0;

  /** Proxies that end TLS before this service: only from them client certificates and the caller's address are believed. */
  @IsArray()
  @Matches(/^[0-9A-Fa-f.:]+(\/\d{1,3})?$/, { each: true, message: 'must be a comma list of addresses or networks, for example 10.1.2.3,10.9.0.0/16.' })
  readonly TRUSTED_PROXIES: readonly string[] = [];

  @IsOptional()
  @Matches(/^[A-Za-z0-9-]+$/, HEADER)
  readonly CLIENT_CERTIFICATE_HEADER?: string = undefined;

  @IsOptional()
  @Matches(/^[A-Za-z0-9-]+$/, HEADER)
  readonly CLIENT_CERTIFICATE_VERIFY_HEADER?: string = undefined;

  /** The system that `…/ips/cod/employeeips` belongs to. */
  @IsOptional()
  @MinLength(1, SYSTEM)
  readonly OLD_PATH_SALES_CLOUD?: string = undefined;

  /** The system that `…/IDM_IPS/Fieldglass_EmployeeReplication` belongs to. */
  @IsOptional()
  @MinLength(1, SYSTEM)
  readonly OLD_PATH_FIELDGLASS?: string = undefined;

  /** How long a token of the token endpoint is valid. */
  @IsInt()
  @Min(60, { message: 'must be a number of seconds from 60 to 43200.' })
  @Max(43_200, { message: 'must be a number of seconds from 60 to 43200.' })
  readonly TOKEN_SECONDS: number = 1800;
}
