import { Pool } from 'undici';

export interface LoadOptions {
  readonly url: string;
  readonly token: string;
  readonly users: readonly BenchUser[];
  /** Requests in flight at most. */
  readonly connections: number;
  /** Users per second; 0 = as fast as they are taken. */
  readonly perSecond: number;
}

export interface BenchUser {
  readonly key: string;
  readonly body: string;
}

export interface LoadResult {
  /**
   * When each user's request was sent, milliseconds since the epoch; with a rate, when it was due: a front door that keeps callers
   * waiting must not look faster than it is.
   */
  readonly sentAt: ReadonlyMap<string, number>;
  /** Id of each user, as the front door gave it. */
  readonly ids: ReadonlyMap<string, string>;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** Creates the users through the front door. Any answer but 201 ends the benchmark: a number with lost users is no number. */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const pool = new Pool(options.url, { connections: options.connections, pipelining: 1 });
  const headers = { authorization: `Bearer ${options.token}`, 'content-type': 'application/scim+json' };
  const sentAt = new Map<string, number>();
  const ids = new Map<string, string>();
  const startedAt = Date.now();
  let next = 0;

  async function worker(): Promise<void> {
    for (let index = next++; index < options.users.length; index = next++) {
      const user = options.users[index];
      if (!user) return;
      sentAt.set(user.key, await turn(index));
      const answer = await pool.request({ method: 'POST', path: '/scim/v2/Users', headers, body: user.body });
      const text = await answer.body.text();
      if (answer.statusCode !== 201) throw new Error(`The front door answered ${answer.statusCode}: ${text.slice(0, 200)}`);
      ids.set(user.key, /"id":"([^"]+)"/.exec(text)?.[1] ?? '');
    }
  }

  /** Waits until the request is due; with a rate that is its place in an even row, else now. */
  async function turn(index: number): Promise<number> {
    if (options.perSecond === 0) return Date.now();
    const due = startedAt + (index * 1000) / options.perSecond;
    const wait = due - Date.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    return due;
  }

  try {
    await Promise.all(Array.from({ length: options.connections }, worker));
    return { sentAt, ids, startedAt, endedAt: Date.now() };
  } finally {
    await pool.destroy();
  }
}

export interface ChangesOptions extends Pick<LoadOptions, 'url' | 'token' | 'connections'> {
  readonly ids: readonly string[];
  /** New for each of them, so that it is a change. */
  readonly familyName: string;
}

/** One PATCH for each of these users, as fast as they are taken. */
export async function change({ url, token, connections, ids, familyName }: ChangesOptions): Promise<void> {
  const pool = new Pool(url, { connections, pipelining: 1 });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' };
  const body = JSON.stringify({ schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: [{ op: 'replace', path: 'name.familyName', value: familyName }] });
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let id = ids[next++]; id !== undefined; id = ids[next++]) {
      const answer = await pool.request({ method: 'PATCH', path: `/scim/v2/Users/${id}`, headers, body });
      const text = await answer.body.text();
      if (answer.statusCode !== 200) throw new Error(`The front door answered ${answer.statusCode}: ${text.slice(0, 200)}`);
    }
  };
  try {
    await Promise.all(Array.from({ length: connections }, worker));
  } finally {
    await pool.destroy();
  }
}

const UNITS = [['1000'], ['2000'], ['1000', '1100'], ['2000', '2100']] as const;

/** Users of about 1.15 KB, as IPS sends them. `series` keeps the users of several calls apart. */
export function benchUsers(count: number, series: string): readonly BenchUser[] {
  return Array.from({ length: count }, (_, index) => benchUser(`${series}.${String(index).padStart(6, '0')}`, index));
}

function benchUser(userName: string, index: number): BenchUser {
  const units = UNITS[index % UNITS.length] ?? [];
  const resource = {
    schemas: [
      'urn:ietf:params:scim:schemas:core:2.0:User',
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
      'urn:ietf:params:scim:schemas:extension:sap:2.0:User',
      'urn:sap:cloud:scim:schemas:extension:custom:2.0:User',
    ],
    userName,
    externalId: `E-${userName}`,
    name: { givenName: `Given${index}`, familyName: `Family${index}` },
    displayName: `Given${index} Family${index}`,
    userType: 'employee',
    active: true,
    locale: 'en_US',
    timezone: 'Europe/Berlin',
    emails: [{ value: `${userName}@bench.example.org`, type: 'work', primary: true }],
    phoneNumbers: [{ value: '+49 30 1234567', type: 'work' }, { value: '+49 170 1234567', type: 'mobile' }],
    addresses: [{ type: 'work', streetAddress: 'Long Street 12', locality: 'Berlin', postalCode: '10115', country: 'DE' }],
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { employeeNumber: `N-${userName}`, costCenter: 'CC-1200', department: 'Department of Benchmarks', organization: 'Example' },
    'urn:ietf:params:scim:schemas:extension:sap:2.0:User': { sourceSystem: '39' },
    'urn:sap:cloud:scim:schemas:extension:custom:2.0:User': { attributes: [{ name: 'z_assignedInstitutes', value: units.join(',') }, { name: 'z_primaryInstitute', value: units[0] }] },
  };
  return { key: userName, body: JSON.stringify(resource) };
}
