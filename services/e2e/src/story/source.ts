import type { Person } from './people.ts';

const CUSTOM = 'urn:sap:cloud:scim:schemas:extension:custom:2.0:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

const ATTEMPTS = 40;
const PAUSE_MS = 500;

/** The identity system of the story: speaks SCIM to the front door, as IPS does. */
export interface Source {
  /** POST; the id that the front door gave. */
  join(person: Person): Promise<string>;
  /** PUT of the whole person. */
  change(person: Person, id: string): Promise<void>;
  patch(id: string, operations: readonly object[]): Promise<void>;
  leave(id: string): Promise<void>;
}

/** What is read of a resource or a list. */
interface Answer {
  readonly id?: string;
  readonly Resources?: readonly { readonly id?: string }[];
}

/** The front door refuses for good. */
class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Throws with status and SCIM detail when the front door refuses; repeats while it answers 429, as IPS does, and while it restarts. */
export function scimSource(baseUrl: string, token: string): Source {
  async function call(method: string, path: string, body?: object): Promise<Answer> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const answer = await send(method, path, body).catch(() => undefined);
      if (answer?.ok) return answer.status === 204 ? {} : ((await answer.json()) as Answer); // a SCIM resource or list
      await refusal(answer, `${method} ${path}`);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    throw new Error(`${method} ${path}: the front door does not take it, after ${ATTEMPTS} attempts.`);
  }

  /** As IPS does when the login is taken: an earlier request may have been accepted although its answer was lost. */
  async function found(person: Person): Promise<{ readonly id?: string }> {
    const { Resources: [user] = [] } = await call('GET', `/Users?filter=${encodeURIComponent(`userName eq "${person.userName}"`)}`);
    return user?.id === undefined ? {} : call('PUT', `/Users/${user.id}`, resourceOf(person));
  }

  function send(method: string, path: string, body?: object): Promise<Response> {
    return fetch(`${baseUrl}/scim/v2${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
      signal: AbortSignal.timeout(10_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  return {
    async join(person) {
      const { id } = await call('POST', '/Users', resourceOf(person)).catch((error: unknown) => (error instanceof Refused && error.status === 409 ? found(person) : Promise.reject(error)));
      if (id === undefined) throw new Error(`POST /Users of ${person.userName}: the answer has no id.`);
      return id;
    },
    change: async (person, id) => void (await call('PUT', `/Users/${id}`, resourceOf(person))),
    patch: async (id, operations) => void (await call('PATCH', `/Users/${id}`, { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: operations })),
    leave: async (id) => void (await call('DELETE', `/Users/${id}`).catch((error: unknown) => (error instanceof Refused && error.status === 404 ? {} : Promise.reject(error)))),
  };
}

/** 429 and no answer at all are repeated; anything else is final. */
async function refusal(answer: Response | undefined, what: string): Promise<void> {
  if (answer && answer.status !== 429) throw new Refused(answer.status, `${what}: ${answer.status} ${(await answer.text()).slice(0, 300)}`);
}

/** The person in the shape that IPS sends: core, enterprise extension, custom attributes as a list. */
export function resourceOf(person: Person): object {
  const { userName, givenName, familyName, employeeNumber, userType, title, units, primaryUnit, roles, active = true } = person;
  const attributes = [
    { name: 'z_assignedInstitutes', value: units.join(',') },
    ...(primaryUnit === undefined ? [] : [{ name: 'z_primaryInstitute', value: primaryUnit }]),
    ...(roles === undefined ? [] : [{ name: 'z_roles', value: roles.join(',') }]),
  ];
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User', ENTERPRISE, CUSTOM],
    userName,
    name: { givenName, familyName },
    userType,
    active,
    ...(title === undefined ? {} : { title }),
    ...(person.email === false ? {} : { emails: [{ value: `${userName}@example.org`, type: 'work', primary: true }] }),
    [ENTERPRISE]: { employeeNumber },
    [CUSTOM]: { attributes },
  };
}
