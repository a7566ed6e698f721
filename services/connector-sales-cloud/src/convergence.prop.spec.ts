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

type Fate = 'accepted' | 'answer-lost' | 'lost';

/** A tenant, what we remember of an account there, and whether it was ever opened. */
class Play {
  readonly tenant = new Tenant({ senderParty: 'ROLEBRIDGE', recipientParty: 'C4CSIM', nowIso: () => '2026-11-22T08:00:00.000Z' });
  readonly #chosen: (typeof settings)[number];
  #lastApplied: SalesCloudState | undefined;
  #attempted: SalesCloudState[] = [];
  #messages = 0;
  existed = false;

  constructor(chosen: (typeof settings)[number]) {
    this.#chosen = chosen;
  }

  plan(wish: DesiredAccount): ReturnType<typeof planFor> {
    return planFor(wish, { attempted: this.#attempted, ...(this.#lastApplied ? { lastApplied: this.#lastApplied } : {}) }, this.#chosen);
  }

  live(wish: DesiredAccount, fate: Fate): void {
    const plan = this.plan(wish);
    const { steps: planned, target } = steps(plan);
    if (planned.length > 0 && fate !== 'lost') {
      this.#send(plan);
      this.existed ||= wish.presence !== 'absent';
    }
    if (fate === 'accepted' || planned.length === 0) [this.#lastApplied, this.#attempted] = [target, []];
    else this.#attempted = [...this.#attempted, target];
  }

  #send(plan: ReturnType<typeof planFor>): void {
    const arrival = this.#messages++;
    const reading = readMessage(employeeReplicationXml(messageOf(plan), { id: `m${String(arrival)}`, createdAt: new Date() }, this.#chosen));
    if (!reading.ok) throw new Error(reading.fault.text);
    this.tenant.process({ message: reading.message, arrival, generation: String(arrival) });
  }
}

const histories = fc.array(fc.tuple(wishes, fates), { maxLength: 6 });

function lived(chosen: (typeof settings)[number], history: readonly (readonly [DesiredAccount, Fate])[]): Play {
  const play = new Play(chosen);
  for (const [wish, fate] of history) play.live(wish, fate);
  return play;
}

test('after any history of wishes and losses, one accepted message makes the account as wished, without leaked roles or units, and the same wish plans nothing (D1, D2)', () => {
  fc.assert(
    fc.property(fc.constantFrom(...settings), histories, wishes, (chosen, history, last) => {
      const play = lived(chosen, [...history, [last, 'accepted']]);
      const [employee, ...others] = held(play.tenant).employees;
      expect(others).toEqual([]);
      expect(employee !== undefined).toBe(play.existed);
      if (employee) expectAsWished(employee, last);
      expect(steps(play.plan(last)).steps).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

test('whoever is absent is out with the first message that is taken, holds nothing, and no message opens an account for them (D4)', () => {
  fc.assert(
    fc.property(fc.constantFrom(...settings), histories, wishes, fates, (chosen, history, last, fate) => {
      const play = lived(chosen, history);
      const before = held(play.tenant).employees.length;
      const gone: DesiredAccount = { ...last, presence: 'absent' };
      const idle = steps(play.plan(gone)).steps.length === 0;
      if (history.every(([wish]) => wish.presence === 'absent')) expect(idle).toBe(true);
      play.live(gone, fate);
      const [employee] = held(play.tenant).employees;
      expect(held(play.tenant).employees).toHaveLength(before);
      if (employee && (fate !== 'lost' || idle)) expect({ ...employee, activeUnits: employee.activeUnits.length }).toMatchObject({ locked: true, roles: [], activeUnits: 0 });
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

test('whatever text XML can carry comes out of the message as it went in (D5)', () => {
  const tricky = fc.array(fc.constantFrom('\r', '\n', '\r\n', '\t', ']]>', '&', '<', '"', "'", 'y', '😀'), { minLength: 1, maxLength: 10 }).map((parts) => parts.join(''));
  const name = fc.oneof(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), tricky).map((text) => `x${text}`);
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
