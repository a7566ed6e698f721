import { type Door, type Pace, paced } from './steps/paced.ts';

export interface LoadOptions extends Door, Pace {
  readonly users: readonly BenchUser[];
}

export interface BenchUser {
  readonly key: string;
  readonly body: string;
}

export interface LoadResult {
  /** When each user's request was sent, or with a rate was due, milliseconds since the epoch. */
  readonly sentAt: ReadonlyMap<string, number>;
  /** Id of each user, as the front door gave it. */
  readonly ids: ReadonlyMap<string, string>;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** Creates the users through the front door. Any answer but 201 ends the benchmark: a number with lost users is no number. */
export async function load({ users, ...options }: LoadOptions): Promise<LoadResult> {
  const sentAt = new Map<string, number>();
  const ids = new Map<string, string>();
  const calls = users.map(({ body }) => ({ method: 'POST', path: '/scim/v2/Users', body, expect: 201 }) as const);
  const startedAt = Date.now();
  await paced(options, options, calls, (index, dueAt, text) => {
    const key = users[index]?.key ?? '';
    sentAt.set(key, dueAt);
    ids.set(key, /"id":"([^"]+)"/.exec(text)?.[1] ?? '');
  });
  return { sentAt, ids, startedAt, endedAt: Date.now() };
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
