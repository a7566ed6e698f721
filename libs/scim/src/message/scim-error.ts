import { URN } from '../schema/urns.ts';

/** The detail keywords of RFC 7644 §3.12, table 9, and of RFC 9865 §4 for cursors. */
export const SCIM_TYPES = [
  'invalidFilter',
  'tooMany',
  'uniqueness',
  'mutability',
  'invalidSyntax',
  'invalidPath',
  'noTarget',
  'invalidValue',
  'invalidVers',
  'sensitive',
  'invalidCursor',
] as const;

export type ScimType = (typeof SCIM_TYPES)[number];

/** Which keyword may go with which status (RFC 7644 §3.12): only 400 and 409 carry one, `uniqueness` belongs to 409. */
const STATUS_OF: Readonly<Record<ScimType, 400 | 409>> = {
  invalidFilter: 400,
  tooMany: 400,
  uniqueness: 409,
  mutability: 400,
  invalidSyntax: 400,
  invalidPath: 400,
  noTarget: 400,
  invalidValue: 400,
  invalidVers: 400,
  sensitive: 400,
  invalidCursor: 400,
};

/** Statuses of errors without a keyword that this front door uses. */
export type PlainStatus = 400 | 401 | 403 | 404 | 405 | 409 | 412 | 413 | 415 | 422 | 429 | 500 | 501 | 503;

export interface ScimErrorBody {
  readonly schemas: readonly [typeof URN.error];
  /** The HTTP status as text (RFC 7644 §3.12). */
  readonly status: string;
  readonly scimType?: ScimType;
  readonly detail: string;
}

/** An answer that is an error. `detail` is one sentence that names the attribute and the fix; never a secret. */
export class ScimError extends Error {
  override readonly name = 'ScimError';
  readonly status: number;
  readonly scimType: ScimType | undefined;
  /** Further answer headers, e.g. `Retry-After`. */
  readonly headers: Readonly<Record<string, string>>;

  private constructor(status: number, scimType: ScimType | undefined, detail: string, headers: Readonly<Record<string, string>>) {
    super(detail);
    this.status = status;
    this.scimType = scimType;
    this.headers = headers;
  }

  /** An error with a keyword; its status follows from the keyword. */
  static of(scimType: ScimType, detail: string): ScimError {
    return new ScimError(STATUS_OF[scimType], scimType, detail, {});
  }

  /** An error that RFC 7644 gives no keyword for. */
  static plain(status: PlainStatus, detail: string, headers: Readonly<Record<string, string>> = {}): ScimError {
    return new ScimError(status, undefined, detail, headers);
  }

  /** An error that was told before, to be told again. */
  static again(told: { readonly status: number; readonly scimType?: ScimType; readonly detail: string }): ScimError {
    return new ScimError(told.status, told.scimType, told.detail, {});
  }

  body(): ScimErrorBody {
    return {
      schemas: [URN.error],
      status: String(this.status),
      ...(this.scimType && { scimType: this.scimType }),
      detail: this.message,
    };
  }
}
