/** A resource of the proxy API, as far as the stories look at it. */
export interface Resource {
  readonly id: string;
  readonly userName?: string;
  readonly displayName?: string;
  readonly active?: boolean;
  readonly members?: readonly { readonly value: string }[];
  readonly groups?: readonly { readonly value: string; readonly display?: string }[];
  readonly [attribute: string]: unknown;
}

export interface ProxyAnswer {
  readonly status: number;
  /** Header `rolebridge-state`. */
  readonly state: string | null;
  readonly body: Resource & { readonly detail?: string };
}

interface Page {
  readonly startIndex: number;
  readonly itemsPerPage: number;
  readonly totalResults: number;
  readonly Resources: readonly Resource[];
}

const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** Calls the proxy API as SAP IDM and SAP IAG do: basic credentials, `application/scim+json`, pages by `itemsPerPage`. */
export class ProxyClient {
  readonly #root: string;
  readonly #authorization: string;

  constructor(url: string, user: string, password: string) {
    this.#root = `${url}/ipsproxy/service/api/v1/scim`;
    this.#authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  }

  async call(method: string, path: string, body?: unknown): Promise<ProxyAnswer> {
    const response = await fetch(`${this.#root}/${path}`, {
      method,
      headers: { authorization: this.#authorization, accept: 'application/scim+json', ...(body === undefined ? {} : { 'content-type': 'application/scim+json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    });
    const text = await response.text();
    return { status: response.status, state: response.headers.get('rolebridge-state'), body: (text === '' ? {} : JSON.parse(text)) as ProxyAnswer['body'] };
  }

  /** The initial load, or the repository sync: never stops on the length of a page. */
  async readAll(path: string, count: number): Promise<readonly Resource[]> {
    const all: Resource[] = [];
    for (let startIndex = 1, total = 1; startIndex <= total; ) {
      const { status, body } = await this.call('GET', `${path}?startIndex=${startIndex}&count=${count}`);
      if (status !== 200) throw new Error(`${path} was answered with ${status}.`);
      const page = body as unknown as Page; // a ListResponse
      all.push(...page.Resources);
      total = page.totalResults;
      startIndex += page.itemsPerPage;
      if (page.itemsPerPage === 0) break;
    }
    return all;
  }

  patchMembers(system: string, group: string, op: 'add' | 'remove', account: string): Promise<ProxyAnswer> {
    const operation = op === 'add' ? { op, path: 'members', value: [{ value: account }] } : { op, path: `members[value eq "${account}"]` };
    return this.call('PATCH', `${system}/Groups/${group}`, { schemas: [PATCH_OP], Operations: [operation] });
  }
}
