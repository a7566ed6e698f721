import * as fc from 'fast-check';
import type { DesiredAccount } from '@rolebridge/contracts';
import { readMessage } from '../simulator/received-message.ts';
import { Tenant } from '../simulator/tenant.ts';
import { aWish, list, messageOf, planFor, someSettings, steps, unitList } from './decide/wishes.fixture.ts';
import type { SalesCloudState } from './decide/state.ts';
import { employeeReplicationXml } from './target/employee-replication.xml.ts';

/** Laws of the plan, checked at what the simulated tenant holds in the end. */

const settings = [someSettings(), someSettings({ assignmentsAdopted: true }), someSettings({ unitEnd: 'end-date' })];

const values = (...names: string[]) => fc.subarray(names);
const wishes = fc
  .record({
    presence: fc.constantFrom('active' as const, 'active' as const, 'disabled' as const, 'absent' as const),
    units: fc.option(values('100', '200', 'A&B'), { nil: undefined }),
    roles: fc.option(values('R1', 'R2', '<R3>'), { nil: undefined }),
    complete: fc.boolean(),
    family: fc.constantFrom('Ng', 'Chen', `O'"&<]]>\r\n😀`),
    middle: fc.option(fc.constant('M'), { nil: undefined }),
    mobile: fc.option(fc.constant('0171'), { nil: undefined }),
  })
  .map(({ presence, units, roles, complete, family, middle, mobile }): DesiredAccount =>
    aWish(
      { presence, entitlements: { ...(units ? { unit: unitList(units, units[0], complete) } : {}), ...(roles ? { role: list(roles, complete) } : {}) } },
      { name: { familyName: family, ...(middle ? { middleName: middle } : {}) }, ...(mobile ? { phoneNumbers: [{ type: 'mobile', value: mobile }] } : {}) },
    ),
  );
/** What becomes of a message: answered and taken, taken but the answer is lost, lost altogether. */
const fates = fc.constantFrom('accepted' as const, 'accepted' as const, 'answer-lost' as const, 'lost' as const);

interface Held {
  readonly key: string;
  readonly locked: boolean;
  readonly familyName: string;
  readonly middleName?: string;
  readonly address: Readonly<Record<string, string>>;
  readonly roles: readonly string[];
  readonly units: readonly { readonly id: string; readonly roleCode: string }[];
  readonly activeUnits: readonly string[];
  readonly responsibilities: readonly { readonly id: string }[];
}

function held(tenant: Tenant): { readonly employees: readonly Held[]; readonly messageMonitoring: readonly { readonly code: string }[] } {
  return tenant.state() as ReturnType<typeof held>; // the simulator's own JSON
}

test('after any history of wishes and losses, one accepted message makes the account as wished, without leaked roles or units', () => {
  fc.assert(
    fc.property(fc.constantFrom(...settings), fc.array(fc.tuple(wishes, fates), { maxLength: 6 }), wishes, (chosen, history, last) => {
      const tenant = new Tenant({ senderParty: 'ROLEBRIDGE', recipientParty: 'C4CSIM', nowIso: () => '2026-11-22T08:00:00.000Z' });
      let lastApplied: SalesCloudState | undefined;
      let attempted: SalesCloudState[] = [];
      let existed = false;
      [...history, [last, 'accepted'] as const].forEach(([wish, fate], index) => {
        const past = { attempted, ...(lastApplied ? { lastApplied } : {}) };
        const plan = planFor(wish, past, chosen);
        if (steps(plan).steps.length > 0) {
          const xml = employeeReplicationXml(messageOf(plan), { id: `m${String(index)}`, createdAt: new Date() }, chosen);
          const reading = readMessage(xml);
          if (!reading.ok) throw new Error(reading.fault.text);
          if (fate !== 'lost') tenant.process({ message: reading.message, arrival: index, generation: String(index) });
          existed ||= fate !== 'lost' && wish.presence !== 'absent';
        }
        if (fate === 'accepted' || steps(plan).steps.length === 0) [lastApplied, attempted] = [steps(plan).target, []];
        else attempted = [...attempted, steps(plan).target];
      });
      const [employee, ...others] = held(tenant).employees;
      expect(others).toEqual([]);
      expect(employee !== undefined).toBe(existed);
      if (employee) expectAsWished(employee, last);
      const again = planFor(last, lastApplied ? { lastApplied } : {}, chosen);
      expect(steps(again).steps).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

function expectAsWished(employee: Held, wish: DesiredAccount): void {
  expect(employee.locked).toBe(wish.presence !== 'active');
  const { unit, role } = wish.presence === 'absent' ? { unit: unitList([]), role: list([]) } : wish.entitlements;
  if (role) expect(employee.roles.toSorted()).toEqual(role.items.map(({ value }) => value).toSorted());
  if (unit) {
    expect(employee.activeUnits.toSorted()).toEqual(unit.items.map(({ value }) => value).toSorted());
    expect(employee.responsibilities.map(({ id }) => id).toSorted()).toEqual(unit.items.map(({ value }) => value).toSorted());
    const active = employee.units.filter(({ id }) => employee.activeUnits.includes(id));
    expect(active.filter(({ roleCode }) => roleCode === '219')).toHaveLength(unit.items.length > 0 ? 1 : 0);
  }
  if (wish.presence === 'absent') return;
  expect(employee.familyName).toBe(wish.attributes.name?.familyName);
  expect(employee.middleName ?? '').toBe(wish.attributes.name?.middleName ?? '');
  expect(employee.address['MobilePhoneNumberDescription']).toBe(wish.attributes.phoneNumbers?.[0]?.value);
}

test('whatever text XML can carry comes out of the message as it went in', () => {
  const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).map((text) => `x${text}`);
  fc.assert(
    fc.property(name, (family) => {
      const plan = planFor(aWish({}, { name: { familyName: family } }));
      if (plan.kind === 'refuse') return; // refused with the field named, see refusals.spec.ts
      const reading = readMessage(employeeReplicationXml(messageOf(plan), { id: 'm', createdAt: new Date() }, someSettings()));
      expect(reading.ok).toBe(true);
      if (!reading.ok) return;
      const tenant = new Tenant({ senderParty: 'ROLEBRIDGE', recipientParty: 'C4CSIM', nowIso: () => '2026-11-22T08:00:00.000Z' });
      tenant.process({ message: reading.message, arrival: 1 });
      expect(held(tenant).employees[0]?.familyName).toBe(family);
    }),
    { numRuns: 150 },
  );
});
