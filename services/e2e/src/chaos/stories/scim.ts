import { SCIM_URN } from '@rolebridge/contracts';
import { type Change, familyName, type PersonState } from './story.ts';

const CUSTOM = SCIM_URN.sapCustomUser;

/** One request at the front door. `{id}` in the path stands for the id it gave. */
export interface ScimRequest {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: object;
}

/** PURE. How an identity system says this change by SCIM. `startMs`: when the run began, milliseconds since the epoch. */
export function requestOf({ kind, after, person, number }: Change, startMs: number): ScimRequest {
  if (after === null) return { method: 'DELETE', path: '/Users/{id}' };
  if (kind === 'joiner' || kind === 'rehire') return { method: 'POST', path: '/Users', body: resourceOf(person, number, after, startMs) };
  if (kind !== 'lock' && kind !== 'unlock') return { method: 'PUT', path: '/Users/{id}', body: resourceOf(person, number, after, startMs) };
  const Operations = [
    { op: 'replace', path: 'active', value: after.active },
    { op: 'replace', path: 'name.familyName', value: familyName(person, number) },
  ];
  return { method: 'PATCH', path: '/Users/{id}', body: { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations } };
}

/** PURE. The whole person. */
export function resourceOf(person: string, number: number, state: PersonState, startMs: number): object {
  const { login, active, userType, units, manager, email, validFromMs, validUntilMs } = state;
  const at = (ms: number): string => new Date(startMs + ms).toISOString();
  return {
    schemas: [SCIM_URN.user, SCIM_URN.enterpriseUser, SCIM_URN.sapUser, CUSTOM],
    userName: login,
    name: { givenName: 'Chaos', familyName: familyName(person, number) },
    userType,
    active,
    ...(manager ? { title: 'Sales Manager' } : {}),
    ...(email ? { emails: [{ value: `${person.toLowerCase()}@example.org`, type: 'work', primary: true }] } : {}),
    [SCIM_URN.enterpriseUser]: { employeeNumber: person },
    [SCIM_URN.sapUser]: { ...(validFromMs === undefined ? {} : { validFrom: at(validFromMs) }), ...(validUntilMs === undefined ? {} : { validTo: at(validUntilMs) }) },
    [CUSTOM]: { attributes: [{ name: 'z_assignedInstitutes', value: units.join(',') }] },
  };
}
