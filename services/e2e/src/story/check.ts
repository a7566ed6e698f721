import { isDeepStrictEqual } from 'node:util';
import { EXPECTED, type FieldglassAccount, type SalesCloudAccount } from './expected.ts';
import type { Targets } from './targets.ts';

/** One account that is not as the story says. */
export interface Difference {
  readonly who: string;
  readonly system: 'sales-cloud' | 'fieldglass';
  readonly expected: unknown;
  readonly found: unknown;
}

/** Compares both targets with the expectation, in both directions: nothing may be missing and nothing may be too much. */
export async function differences(targets: Targets): Promise<readonly Difference[]> {
  const [salesCloud, fieldglass] = await Promise.all([targets.salesCloud(), targets.fieldglass()]);
  const all = [...EXPECTED];
  return [
    ...compare('sales-cloud', salesCloud, all.flatMap(([who, { salesCloud: account }]) => (account ? [[who, account.key, sorted(account)] as const] : []))),
    ...compare('fieldglass', fieldglass, all.flatMap(([who, { fieldglass: account }]) => (account ? [[who, account.login, sorted(account)] as const] : []))),
  ];
}

type Account = SalesCloudAccount | FieldglassAccount;

function sorted(account: Account): Account {
  return { ...account, units: account.units.toSorted(), ...('roles' in account ? { roles: account.roles.toSorted() } : {}) };
}

/** Test runners keep modules in a realm of their own, where an array of an HTTP answer has another prototype. */
function plain(account: Account | undefined): unknown {
  return account && (JSON.parse(JSON.stringify(account)) as unknown);
}

function compare(system: Difference['system'], found: ReadonlyMap<string, Account>, expected: readonly (readonly [who: string, key: string, account: Account])[]): readonly Difference[] {
  const wrong = expected.filter(([, key, account]) => !isDeepStrictEqual(plain(found.get(key)), plain(account))).map(([who, key, account]) => ({ who, system, expected: account, found: found.get(key) }));
  const known = new Set(expected.map(([, key]) => key));
  const surplus = [...found].filter(([key]) => !known.has(key)).map(([who, account]) => ({ who, system, expected: undefined, found: account }));
  return [...wrong, ...surplus];
}
