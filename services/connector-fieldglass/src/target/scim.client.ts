import type { SharedToken } from '@rolebridge/connector-sdk';
import { type AnswerAsRead, ClassifiedError, type Failure } from '@rolebridge/contracts';
import type { Dispatcher } from 'undici';
import type { FieldglassObservation } from '../decide/state.ts';
import type { CreatePayload, DeletePayload, PatchPayload, ReplacePayload } from '../decide/steps.ts';
import { NOT_UNDERSTOOD, statusFailure, type Operation } from './fieldglass.errors.ts';
import { markers, type CallScope } from './call-scope.ts';
import type { Http, HttpAnswer } from './http.ts';
import { parseJson } from './json.ts';
import { redacted } from './redact.ts';
import { accountOf, accountsOf, errorText, nextStart, type FoundAccount } from './scim.schema.ts';

const SCIM_JSON = 'application/scim+json';
export const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

export interface ScimOptions {
  readonly http: Http;
  readonly token: SharedToken;
  /** Environment address and SCIM base path. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface ScimCall {
  readonly operation: Operation;
  readonly method: Dispatcher.HttpMethod;
  readonly path: string;
  readonly content?: unknown;
  readonly sensitive: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** Interface A: users by SCIM 2.0 (`systems/fieldglass.md` §3). Every method throws ClassifiedError. */
export class ScimClient {
  readonly #options: ScimOptions;

  constructor(options: ScimOptions) {
    this.#options = options;
  }

  async read(id: string, scope: CallScope): Promise<FieldglassObservation> {
    const call = { operation: 'read', method: 'GET', path: userPath(id), sensitive: [] } as const;
    const answer = await this.send(call, scope);
    if (answer.status === 404) return { found: false };
    return accountOf(parseJson(expected(answer, call, [200]).text)) ?? fail(NOT_UNDERSTOOD);
  }

  /** The one user with this login. Names are compared once more here: a filter that is ignored must not hand over a stranger. */
  async find(userName: string, scope: CallScope): Promise<FieldglassObservation> {
    const filter = encodeURIComponent(`userName eq ${JSON.stringify(userName)}`);
    const call = { operation: 'search', method: 'GET', path: `/Users?filter=${filter}`, sensitive: [userName] } as const;
    const answer = await this.send(call, scope);
    const accounts = accountsOf(parseJson(expected(answer, call, [200]).text)) ?? fail(NOT_UNDERSTOOD);
    const [first, ...others] = accounts.filter((account) => account.userName.toLowerCase() === userName.toLowerCase());
    if (!first) return accounts.length === 0 ? { found: false } : fail(FILTER_IGNORED);
    return others.length === 0 ? first : fail(AMBIGUOUS);
  }

  /** Users in pages; the position moves on by what the answer says it holds, never by what arrived. */
  async *pages(scope: CallScope): AsyncGenerator<readonly FoundAccount[]> {
    for (let startIndex = 1; ; ) {
      const call = { operation: 'read', method: 'GET', path: `/Users?startIndex=${startIndex}&count=${PAGE}`, sensitive: [] } as const;
      const page = parseJson(expected(await this.send(call, scope), call, [200]).text);
      const accounts = accountsOf(page) ?? fail(NOT_UNDERSTOOD);
      yield accounts;
      startIndex = nextStart(page, startIndex, accounts.length) ?? 0;
      if (startIndex === 0) return;
    }
  }

  /** The new user. */
  async create({ resource, sensitive }: CreatePayload, scope: CallScope): Promise<FoundAccount> {
    const call = { operation: 'create', method: 'POST', path: '/Users', content: resource, sensitive } as const;
    const { text } = expected(await this.send(call, scope), call, [200, 201]);
    return accountOf(parseJson(text)) ?? fail({ ...NOT_UNDERSTOOD, kind: 'in-doubt' });
  }

  /** The user as the answer shows it, if it does. */
  async replace({ id, resource, sensitive }: ReplacePayload, scope: CallScope): Promise<FoundAccount | undefined> {
    const call = { operation: 'change', method: 'PUT', path: userPath(id), content: resource, sensitive } as const;
    return shownBy(expected(await this.send(call, scope), call, [200, 204]));
  }

  async patch({ id, operations, sensitive }: PatchPayload, scope: CallScope): Promise<FoundAccount | undefined> {
    const call = { operation: 'change', method: 'PATCH', path: userPath(id), content: { schemas: [PATCH_OP], Operations: operations }, sensitive } as const;
    return shownBy(expected(await this.send(call, scope), call, [200, 204]));
  }

  /** Already gone is gone. */
  async delete({ id, sensitive }: DeletePayload, scope: CallScope): Promise<void> {
    const call = { operation: 'delete', method: 'DELETE', path: userPath(id), sensitive } as const;
    expected(await this.send(call, scope), call, [200, 204, 404]);
  }

  /** Touches no user. Where the capabilities are not published, a search that finds nobody tells the same. */
  async probe(scope: CallScope): Promise<void> {
    const call = { operation: 'probe', method: 'GET', path: '/ServiceProviderConfig', sensitive: [] } as const;
    const answer = await this.send(call, scope);
    if (answer.status === 404 || answer.status === 501) await this.find('rolebridge-probe', scope);
    else expected(answer, call, [200]);
  }

  /** A refused token is renewed exactly once; a second refusal is the answer. */
  async send(call: ScimCall, scope: CallScope): Promise<HttpAnswer> {
    const { token } = this.#options;
    const first = await token.get();
    const answer = await this.#sendWith(first, call, scope);
    return answer.status === 401 ? this.#sendWith(await token.replace(first), call, scope) : answer;
  }

  #sendWith(token: string, { operation, method, path, content, headers: own = {} }: ScimCall, scope: CallScope): Promise<HttpAnswer> {
    const { http, url, headers } = this.#options;
    return http.send({
      operation,
      method,
      url: `${url}${path}`,
      headers: {
        ...headers,
        ...own,
        authorization: `Bearer ${token}`,
        accept: SCIM_JSON,
        ...(content === undefined ? {} : { 'content-type': SCIM_JSON }),
        ...markers(scope),
      },
      signal: scope.signal,
      ...(content === undefined ? {} : { body: JSON.stringify(content) }),
    });
  }
}

/** Most that a page is asked for; limits of the product are unknown, RFC 7644 §3.4.2.4 lets it give fewer. */
export const PAGE = 100;

function shownBy({ text }: HttpAnswer): FoundAccount | undefined {
  return text === '' ? undefined : accountOf(parseJson(text));
}

function userPath(id: string): string {
  return `/Users/${encodeURIComponent(id)}`;
}

export function expected(answer: HttpAnswer, { operation, sensitive }: ScimCall, statuses: readonly number[]): HttpAnswer {
  const { status, retryAfterMs } = answer;
  if (statuses.includes(status)) return answer;
  const detail = redacted(errorText(parseJson(answer.text)), sensitive);
  return fail(statusFailure({ operation, status, detail, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }), { status, text: answer.text });
}

export function fail(failure: Failure, answer?: AnswerAsRead): never {
  throw new ClassifiedError(failure, answer && { answer });
}

const AMBIGUOUS: Failure = {
  kind: 'rejected',
  code: 'ambiguous-account',
  message: 'SAP Fieldglass shows several users with this login. Somebody must say there which one is right.',
};

const FILTER_IGNORED: Failure = {
  kind: 'halting',
  code: 'search-not-understood',
  message: 'SAP Fieldglass answers a search by userName with other users, so nobody can be found safely. Check scimBasePath.',
};
