import { readUser, URN } from '@rolebridge/scim';
import type { User, UserModel } from '@rolebridge/scim';
import * as fc from 'fast-check';
import type { UserRow } from '../decide/user-row.ts';
import { newUserId } from '../store/new-user-id.ts';

/** Few different texts, so that filters meet users; of every kind that could be compared wrongly. */
export const someText = fc.constantFrom('anna', 'Anna', 'ANNA', 'b', 'ab', 'müller', 'MÜLLER', 'Straße', 'İ', 'i', 'Σας', 'ΣΑΣ', 'ü', 'u\u0308', 'x%y_z', "O'Neil", '"', '\\', '\uFFFD', '😀', 'a b', '100');
const someMoment = fc.constantFrom('2026-01-31', '2026-01-31T00:00:00Z', '2026-01-31T01:00:00+01:00', '2025-12-31T23:59:59.999Z', '2024-02-29T12:30:00.5Z');
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const values = (types: readonly string[]) =>
  fc.uniqueArray(fc.record({ value: someText, type: maybe(fc.constantFrom(...types)), display: maybe(someText) }), { maxLength: 3, selector: ({ value, type }) => `${value}|${type}` }).chain((list) =>
    fc.integer({ min: -1, max: 2 }).map((primary) => list.map((item, at) => (at === primary ? { ...item, primary: true } : item))),
  );

export const someUser = fc.record({
  externalId: maybe(someText),
  name: maybe(fc.record({ familyName: maybe(someText), givenName: maybe(someText) })),
  displayName: maybe(someText),
  title: maybe(someText),
  active: fc.boolean(),
  phoneNumbers: maybe(values(['work', 'home', 'mobile'])),
  roles: maybe(values(['a', 'B'])),
  [URN.enterpriseUser]: maybe(fc.record({ employeeNumber: maybe(someText), department: maybe(someText), manager: maybe(fc.record({ value: someText })) })),
  [URN.sapUser]: maybe(fc.record({ validFrom: maybe(someMoment), status: maybe(someText) })),
  [URN.sapCustomUser]: maybe(fc.record({ attributes: fc.array(fc.record({ name: fc.constantFrom('z_roles', 'x'), value: fc.constantFrom('', 'a', 'A') }), { maxLength: 2 }) })),
});

/** Rows of such users; logins differ in more than case. */
export function rowsOf(users: readonly object[], model: UserModel, at: Date): readonly UserRow[] {
  return users.map((user, place) => rowOf(readUser(JSON.parse(JSON.stringify({ ...user, userName: `${['anna', 'Ånna', 'B', 'ZÜ'][place % 4]}-${place}` })), model), place, at));
}

function rowOf(user: User, place: number, at: Date): UserRow {
  const moment = new Date(at.getTime() + place * 1000).toISOString();
  return {
    id: newUserId(at.getTime() + place),
    generation: 1 + (place % 3),
    presence: user.active === false ? 'disabled' : 'active',
    user,
    requested: {},
    source: 'test',
    cause: { operation: 'create', at: moment, by: 'test', correlationId: 'c' },
    created: at.toISOString(),
    modified: moment,
  };
}
