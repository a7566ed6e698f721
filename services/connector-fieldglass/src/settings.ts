import 'reflect-metadata';
import { Type } from 'class-transformer';
import { ArrayNotEmpty, IsArray, IsBoolean, IsIn, IsInt, IsOptional, IsString, Matches, Max, Min, MinLength, ValidateNested } from 'class-validator';
import { IsPattern, IsSecretReference } from './settings-rules.ts';
import type { SecretReference } from '@rolebridge/landscape';

const PATH = /^(\/[\w.~-]+)+$/;
const PATH_MESSAGE = { message: 'must be a path like /api/v1' };
const ONE_LINE = /^[^\r\n]+$/;
const ELEMENT = /^[\p{L}_][\w.-]*$/u;
const ELEMENT_MESSAGE = { message: 'must be the name of an XML element, without prefix' };
const ONE_LINE_MESSAGE = { message: 'must be one line of text' };

/** Column titles of the business unit connector; some tenants use underscores. */
export class Captions {
  @Matches(ONE_LINE, ONE_LINE_MESSAGE) readonly modificationType: string = 'Modification Type';
  @Matches(ONE_LINE, ONE_LINE_MESSAGE) readonly username: string = 'Username';
  @Matches(ONE_LINE, ONE_LINE_MESSAGE) readonly businessUnits: string = 'Business Units';
}

/** Block before the column row that standard connectors expect; a custom made one takes none (sheet §4.1). */
export class HeaderBlock {
  @Matches(ONE_LINE, ONE_LINE_MESSAGE) readonly type: string = '';
  @IsOptional() @Matches(ONE_LINE, ONE_LINE_MESSAGE) readonly language?: string;
  @IsOptional() @Matches(ONE_LINE, ONE_LINE_MESSAGE) readonly comments?: string;
  /** `Transaction=…`, where the connector knows it. */
  @IsOptional() @IsBoolean() readonly transaction?: boolean;
}

/** What tells "this user is not there yet". Both parts must fit when both are given. */
export class WaitingPattern {
  @IsOptional() @IsInt() readonly returnCode?: number;
  /** Regular expression over the explanation, upper and lower case alike. */
  @IsPattern() readonly explanation: string = '';
}

export class RoleColumn {
  @Matches(ONE_LINE, ONE_LINE_MESSAGE) readonly caption: string = '';
  @IsIn(['modification', 'username', 'role', 'constant']) readonly value: 'modification' | 'username' | 'role' | 'constant' = 'constant';
  @IsOptional() @IsString() readonly constant?: string;
}

/** Layout of the role upload: its columns are not published, so there is no default. */
export class RoleUpload {
  @Matches(ONE_LINE, ONE_LINE_MESSAGE) readonly connectorName: string = 'User Role Association Upload';
  @IsArray() @ArrayNotEmpty() @ValidateNested({ each: true }) @Type(() => RoleColumn) readonly columns: readonly RoleColumn[] = [];
  @MinLength(1) readonly add: string = 'A';
  @MinLength(1) readonly remove: string = 'D';
}

/** How the result of an asynchronous connector is found: by asking the audit trail for the transaction. */
export class Asynchronous {
  @Matches(PATH, PATH_MESSAGE) readonly auditTrailPath: string = '/api/vc/auditTrail';
  @IsInt() @Min(50) readonly pollEveryMs: number = 1_000;
  @IsInt() @Min(50) @Max(60_000) readonly pollForMs: number = 10_000;
  /** A record whose text fits has failed. */
  @IsPattern() readonly failedPattern: string = 'fail|error|reject';
}

/** Names of the elements by which a reply tells what became of each row of an upload; its schema is not published. */
export class RowResults {
  @Matches(ELEMENT, ELEMENT_MESSAGE) readonly row: string = 'record';
  @Matches(ELEMENT, ELEMENT_MESSAGE) readonly username: string = 'username';
  @Matches(ELEMENT, ELEMENT_MESSAGE) readonly returnCode: string = 'returnCode';
  @Matches(ELEMENT, ELEMENT_MESSAGE) readonly explanation: string = 'explanation';
}

export class ApplicationKeyHeader {
  @Matches(/^[\w-]+$/, { message: 'must be a header name' }) readonly name: string = 'X-ApplicationKey';
  @IsSecretReference() readonly value: SecretReference = { env: '' };
}

/** `settings` of a system of kind `fieldglass`. Everything that the sheet calls unknown is a setting. */
export class FieldglassSettings {
  @Matches(PATH, PATH_MESSAGE) readonly scimBasePath: string = '/api/v1';
  @Matches(PATH, PATH_MESSAGE) readonly tokenPath: string = '/api/oauth2/v2.0/token';
  @Matches(PATH, PATH_MESSAGE) readonly connectorPath: string = '/ws2/services/connectorn';
  /** Virtual person name and license key, for the token. */
  @IsSecretReference() readonly virtualPersonName: SecretReference = { env: '' };
  @IsSecretReference() readonly licenseKey: SecretReference = { env: '' };
  @IsOptional() @ValidateNested() @Type(() => ApplicationKeyHeader) readonly applicationKeyHeader?: ApplicationKeyHeader;
  /** User name and password inside the upload. */
  @IsSecretReference() readonly uploadUsername: SecretReference = { env: '' };
  @IsSecretReference() readonly uploadPassword: SecretReference = { env: '' };
  @IsIn(['PUT', 'PATCH']) readonly updateMethod: 'PUT' | 'PATCH' = 'PUT';
  /** Sources disagree whether the product keeps `active`; without it nobody can be locked. */
  @IsBoolean() readonly activeSupported: boolean = true;
  @IsIn(['deactivate', 'delete']) readonly deleteMode: 'deactivate' | 'delete' = 'deactivate';
  @IsIn(['1.1', '1.2']) readonly soapVersion: '1.1' | '1.2' = '1.1';
  @Matches(ONE_LINE, ONE_LINE_MESSAGE) readonly connectorName: string = 'User Business Unit Association Upload';
  @IsOptional() @ValidateNested() @Type(() => HeaderBlock) readonly headerBlock?: HeaderBlock;
  @ValidateNested() @Type(() => Captions) readonly captions: Captions = new Captions();
  /** Plain HTTP to another host than this machine. */
  @IsBoolean() readonly allowPlainHttp: boolean = false;
  /** Sends the generation as the header `x-rolebridge-generation`, for simulators and checkers. */
  @IsBoolean() readonly generationHeader: boolean = false;
  /** Whether an uploaded list replaces or extends the stored one: not published. */
  @IsIn(['replace', 'add']) readonly unitList: 'replace' | 'add' = 'replace';
  @IsOptional() @ValidateNested() @Type(() => WaitingPattern) readonly waitingPattern?: WaitingPattern;
  @IsOptional() @ValidateNested() @Type(() => RoleUpload) readonly roles?: RoleUpload;
  /** Roles are SCIM groups of the same name. Default: unless `roles` says how they are uploaded. */
  @IsOptional() @IsBoolean() readonly roleGroups?: boolean;
  /** How members of a group are changed: by its full list, the documented way, or by their differences. */
  @IsIn(['PUT', 'PATCH']) readonly groupUpdateMethod: 'PUT' | 'PATCH' = 'PUT';
  /** Users whose units go in one upload at most; 1 = each alone. */
  @IsInt() @Min(1) @Max(500) readonly uploadBatch: number = 1;
  @IsOptional() @ValidateNested() @Type(() => RowResults) readonly rowResults?: RowResults;
  @IsOptional() @ValidateNested() @Type(() => Asynchronous) readonly asynchronous?: Asynchronous;
}
