/** An employee with its business user, as Sales Cloud shows it. */
export interface SalesCloudAccount {
  readonly key: string;
  readonly login: string;
  readonly locked: boolean;
  readonly units: readonly string[];
  readonly primary?: string;
  readonly roles: readonly string[];
}

export interface FieldglassAccount {
  readonly login: string;
  readonly active: boolean;
  readonly units: readonly string[];
}

/** What one person's accounts must look like at the end; written by hand from the story and the rules in `deploy/rules`, not computed by the code under test. */
export interface ExpectedAccounts {
  readonly salesCloud?: SalesCloudAccount;
  readonly fieldglass?: FieldglassAccount;
  /** Fieldglass refuses this person: a dead letter, no account. */
  readonly fieldglassRefuses?: true;
}

type Expectation = readonly [userName: string, accounts: ExpectedAccounts];

const sales = (login: string, units: readonly string[], roles: readonly string[], more: { readonly primary?: string; readonly key?: string } = {}): SalesCloudAccount => {
  const primary = more.primary ?? units[0];
  return { key: more.key ?? login, login, locked: false, units, roles, ...(primary === undefined ? {} : { primary }) };
};
const gone = (login: string): SalesCloudAccount => ({ key: login, login, locked: true, units: [], roles: [] });
const field = (login: string, units: readonly string[]): FieldglassAccount => ({ login, active: true, units });

const both = (login: string, units: readonly string[], roles: readonly string[], primary?: string): ExpectedAccounts => ({
  salesCloud: sales(login, units, roles, primary === undefined ? {} : { primary }),
  fieldglass: field(login, units),
});

const EXPECTATIONS: readonly Expectation[] = [
  ['anna.berg', both('anna.berg', ['1000'], ['SALES_REP'])],
  ['ben.cole', both('ben.cole', ['1000', '1100'], ['SALES_REP', 'SALES_MANAGER'])],
  ['chloe.diaz', both('chloe.diaz', ['2000'], ['SERVICE_AGENT'])],
  // The mover: from service to sales.
  ['david.eze', both('david.eze', ['1000'], ['SALES_REP'])],
  // Contractors outside the head units have no Fieldglass account.
  ['emma.fox', { salesCloud: sales('emma.fox', ['3000'], ['BASIC_USER']) }],
  // A contractor never becomes SALES_MANAGER, whatever the title says.
  ['felix.gray', { salesCloud: sales('felix.gray', ['1100'], ['SALES_REP']) }],
  // PAYROLL_ADMIN is not on the allow-list.
  ['grace.hall', both('grace.hall', ['1000'], ['SALES_REP', 'KEY_ACCOUNT'])],
  // The leaver.
  ['henry.ito', { salesCloud: gone('henry.ito'), fieldglass: { login: 'henry.ito', active: false, units: [] } }],
  // Renamed: the keys stay what they were at first contact, only Sales Cloud's login follows.
  ['iris.brandt', { salesCloud: sales('iris.brandt', ['1100'], ['SALES_REP'], { key: 'iris.jung' }), fieldglass: field('iris.jung', ['1100']) }],
  ['jonas.kern', both('jonas.kern', ['2000'], ['SERVICE_AGENT'])],
  // Left and came back, into another unit.
  ['karla.lund', both('karla.lund', ['1100'], ['SALES_REP'])],
  ['liam.moss', both('liam.moss', ['3000'], ['BASIC_USER'])],
  // Fieldglass requires an e-mail address.
  ['nora.quist', { salesCloud: sales('nora.quist', ['1000'], ['SALES_REP']), fieldglassRefuses: true }],
  ['omar.nash', both('omar.nash', ['2100'], ['SERVICE_AGENT'])],
  ['paula.ruiz', both('paula.ruiz', ['1000', '2000'], ['SALES_REP', 'SERVICE_AGENT'], '2000')],
  ['quentin.roy', both('quentin.roy', ['1100', '3000'], ['SALES_REP'])],
  ['rosa.sanz', both('rosa.sanz', ['3000'], ['BASIC_USER'])],
  ['stefan.toth', both('stefan.toth', ['2000', '3000'], ['SERVICE_AGENT'], '3000')],
  ['zoe.oneil', both('zoe.oneil', ['1000'], ['SALES_REP'])],
  ['tara.ueda', both('tara.ueda', ['1000', '2000'], ['SALES_REP', 'SERVICE_AGENT'])],
];

/** Expected accounts by the user name at the end of the story. */
export const EXPECTED: ReadonlyMap<string, ExpectedAccounts> = new Map(EXPECTATIONS);
