import type { FetchedToken } from '@rolebridge/connector-sdk';
import { ClassifiedError } from '@rolebridge/contracts';
import { statusFailure } from './fieldglass.errors.ts';
import type { Http } from './http.ts';
import { parseJson } from './json.ts';

/** Honoured where the answer does not say (`systems/fieldglass.md` §4.1). */
const DEFAULT_LIFETIME_S = 7_200;

export interface TokenRequest {
  readonly url: string;
  readonly virtualPersonName: string;
  readonly licenseKey: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/**
 * Fetches a token by client credentials (`systems/fieldglass.md` §2.1). Never quotes an answer: a broken one may hold a token.
 * Throws ClassifiedError.
 */
export async function fetchToken(http: Http, { url, virtualPersonName, licenseKey, headers, signal }: TokenRequest): Promise<FetchedToken> {
  const basic = Buffer.from(`${virtualPersonName}:${licenseKey}`, 'utf8').toString('base64');
  const answer = await http.send({
    operation: 'token',
    method: 'POST',
    url: `${url}?grant_type=client_credentials`,
    headers: { ...headers, authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: '',
    signal,
  });
  const { status, retryAfterMs } = answer;
  if (status !== 200) throw new ClassifiedError(statusFailure({ operation: 'token', status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }));
  const token = parseJson(answer.text);
  const value = token?.['access_token'];
  if (typeof value !== 'string' || value === '') throw new ClassifiedError(NO_TOKEN);
  const lifetime = Number(token?.['expires_in']);
  return { value, expiresInMs: (lifetime > 0 ? lifetime : DEFAULT_LIFETIME_S) * 1_000 };
}

const NO_TOKEN = { kind: 'unclassified', code: 'token-not-understood', message: 'SAP Fieldglass answered the token request with 200 but without a token. Check tokenPath.' } as const;
