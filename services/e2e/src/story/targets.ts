import type { FieldglassAccount, SalesCloudAccount } from './expected.ts';

/** The simulated targets as a person at their screens would see them. */
export interface Targets {
  salesCloud(): Promise<ReadonlyMap<string, SalesCloudAccount>>;
  fieldglass(): Promise<ReadonlyMap<string, FieldglassAccount>>;
  /** Makes a target unreachable for a time. */
  down(target: 'sales-cloud' | 'fieldglass', forMs: number): Promise<void>;
}

interface SalesCloudState {
  readonly employees: readonly {
    readonly key: string;
    readonly identityId?: string;
    readonly locked: boolean;
    readonly roles: readonly string[];
    readonly units: readonly { readonly id: string; readonly roleCode?: string; readonly endDate?: string }[];
  }[];
}

interface FieldglassState {
  readonly users: readonly { readonly userName: string; readonly active: boolean; readonly units: readonly string[] }[];
}

/** Role code of the primary unit at Sales Cloud (systems sheet: 219 primary, 222 further). */
const PRIMARY = '219';

export function simulatedTargets(urls: { readonly salesCloud: string; readonly fieldglass: string }): Targets {
  const state = async <T>(url: string): Promise<T> => (await (await fetch(`${url}/_simulator/state`, { signal: AbortSignal.timeout(5_000) })).json()) as T; // our own simulators
  const urlOf = (target: 'sales-cloud' | 'fieldglass'): string => (target === 'fieldglass' ? urls.fieldglass : urls.salesCloud);
  return {
    async salesCloud() {
      const { employees } = await state<SalesCloudState>(urls.salesCloud);
      return new Map(employees.map((employee) => [employee.key, salesCloudAccount(employee)]));
    },
    async fieldglass() {
      const { users } = await state<FieldglassState>(urls.fieldglass);
      return new Map(users.map(({ userName, active, units }) => [userName, { login: userName, active, units: units.toSorted() }]));
    },
    async down(target, forMs) {
      const answer = await fetch(`${urlOf(target)}/_simulator/faults`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ kind: 'down', forMs }) });
      if (!answer.ok) throw new Error(`The simulated ${target} does not take the fault: ${answer.status} ${await answer.text()}`);
    },
  };
}

function salesCloudAccount({ key, identityId, locked, roles, units }: SalesCloudState['employees'][number]): SalesCloudAccount {
  const primary = units.find((unit) => unit.roleCode === PRIMARY)?.id;
  return { key, login: identityId ?? '', locked, units: units.map((unit) => unit.id).toSorted(), roles: roles.toSorted(), ...(primary === undefined ? {} : { primary }) };
}
