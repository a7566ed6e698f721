/** What stands in the simulated SAP Fieldglass, as its own administrator sees it. */
export interface FieldglassSide {
  readonly users: readonly { readonly id: string; readonly userName: string; readonly active: boolean; readonly attributes: Readonly<Record<string, unknown>> }[];
  readonly groups: readonly { readonly id: string; readonly displayName: string; readonly members: readonly string[] }[];
  readonly effects: readonly unknown[];
}

export async function fieldglassSide(url: string): Promise<FieldglassSide> {
  return (await (await fetch(`${url}/_simulator/state`, { signal: AbortSignal.timeout(30_000) })).json()) as FieldglassSide; // our own simulator
}

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';

/** Calls at once while the product is filled. */
const AT_ONCE = 20;

/** The administrator of SAP Fieldglass, who works there by hand. Its token ends that of everybody else, so it works before the connector starts. */
export class FieldglassAdministrator {
  readonly #url: string;
  readonly #token: string;

  private constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  static async signIn(url: string, licenseKey: string): Promise<FieldglassAdministrator> {
    const authorization = `Basic ${Buffer.from(`rolebridge:${licenseKey}`).toString('base64')}`;
    const answer = await fetch(`${url}/api/oauth2/v2.0/token?grant_type=client_credentials`, { method: 'POST', headers: { authorization } });
    const { access_token: token } = (await answer.json()) as { readonly access_token: string }; // our own simulator
    return new FieldglassAdministrator(url, token);
  }

  async openAccounts(logins: readonly string[]): Promise<void> {
    for (let at = 0; at < logins.length; at += AT_ONCE) {
      await Promise.all(logins.slice(at, at + AT_ONCE).map((userName) => this.#call('POST', '/Users', { schemas: [USER, ENTERPRISE], userName, name: { familyName: userName, givenName: 'G' }, active: true, emails: [{ value: `${userName}@example.org` }] })));
    }
  }

  async fillGroups(groups: readonly { readonly id: string; readonly displayName: string; readonly members: readonly string[] }[]): Promise<void> {
    for (const { id, displayName, members } of groups) await this.#call('PUT', `/Groups/${id}`, { schemas: [GROUP], displayName, members: members.map((value) => ({ value })) });
  }

  async #call(method: string, path: string, body: object): Promise<void> {
    const answer = await fetch(`${this.#url}/api/v1${path}`, { method, headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/scim+json' }, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`The simulated SAP Fieldglass refused ${method} ${path}: ${answer.status} ${await answer.text()}`);
  }
}
