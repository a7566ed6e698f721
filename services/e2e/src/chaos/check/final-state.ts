import { CHAOS_SYSTEMS, type ChaosSystem, type Expected, type Oracle } from '../stories/oracle.ts';
import { type Account, accountsOf } from './accounts.ts';
import type { Evidence, Finding } from './evidence.ts';

/** Every account is as the stories say, and there is no other. */
export function checkFinalState(oracle: Oracle, evidence: Evidence): readonly Finding[] {
  const accounts = accountsOf(evidence);
  const wrong = [...oracle].flatMap(([person, expected]) => CHAOS_SYSTEMS.flatMap((system) => differences(person, expected[system], accounts.filter((account) => account.system === system && account.person === person)).map((text) => found(`${person} at ${system}: ${text}`))));
  const strangers = accounts.filter(({ person }) => !oracle.has(person)).map(({ system, place, login }) => found(`${system} holds an account of nobody: ${place} (${login})`));
  return [...wrong, ...strangers];
}

const found = (text: string): Finding => ({ checker: 'final state', text });

function differences(person: string, expected: Expected, held: readonly Account[]): readonly string[] {
  const [account] = held;
  if (account) return mayBeThere(expected) ? differencesOf(person, expected, account) : [`there is an account (${account.place}) although there must be none`];
  return mayBeMissing(expected) ? [] : [`there is no account; change #${expected.number} was lost`];
}

function mayBeThere({ account, refused }: Expected): boolean {
  return account !== 'none' && refused !== 'must';
}

function mayBeMissing({ account, refused }: Expected): boolean {
  return account === 'none' || account === 'gone' || refused === 'must' || refused === 'may';
}

function differencesOf(person: string, expected: Expected, account: Account): readonly string[] {
  const usable = expected.account === 'usable';
  return [
    ...said(account.usable !== usable, `it is ${account.usable ? 'usable' : 'locked'} although it must be ${expected.account}`),
    ...unequal('units', account.units, expected.units),
    ...unequal('roles', account.roles, expected.roles),
    ...(expected.account === 'gone' ? [] : describedDifferently(expected, account)),
    ...said(account.shows.person !== person, `it shows the name of ${account.shows.person ?? 'nobody'}`),
  ];
}

/** Whoever left keeps the description of some earlier moment. Fieldglass keeps the login of the creation. */
function describedDifferently(expected: Expected, { system, shows, login }: Account): readonly string[] {
  return [
    ...said(shows.number !== expected.number, `it shows change #${shows.number} instead of #${expected.number}`),
    ...said(system !== 'fieldglass' && login !== expected.login, `its login is ${login} instead of ${expected.login}`),
  ];
}

function said(wrong: boolean, text: string): readonly string[] {
  return wrong ? [text] : [];
}

function unequal(what: string, held: readonly string[], wished: readonly string[]): readonly string[] {
  const surplus = held.filter((value) => !wished.includes(value));
  const missing = wished.filter((value) => !held.includes(value));
  return [...said(surplus.length > 0, `${what} ${surplus.join(', ')} are left although nobody wishes them`), ...said(missing.length > 0, `${what} ${missing.join(', ')} are missing`)];
}

/** One account per person and target, one holder per login, and every link points to its own person's account. */
export function checkOwnership(evidence: Evidence): readonly Finding[] {
  const accounts = accountsOf(evidence);
  const persons = new Map([...evidence.ids].map(([person, id]) => [id, person]));
  const doubled = CHAOS_SYSTEMS.flatMap((system) => [
    ...repeated(accounts.filter((account) => account.system === system), ({ person }) => person).map((person) => duplicate(`${person} has several accounts at ${system}`)),
    ...repeated(accounts.filter((account) => account.system === system && account.login !== ''), ({ login }) => login.toLowerCase()).map((login) => duplicate(`several accounts at ${system} have the login ${login}`)),
  ]);
  const strange = evidence.links.filter(({ owned }) => owned).flatMap(({ system, userId, accountId, accountKey }) => {
    const account = accounts.find((one) => one.system === system && one.place === placeOf(system, accountId, accountKey));
    return account && account.person !== persons.get(userId) ? [ownership(`the link of ${persons.get(userId) ?? userId} at ${system} points to the account of ${account.person}`)] : [];
  });
  return [...doubled, ...strange, ...evidence.directory.violations.map((text) => (text.startsWith('a second') ? duplicate : ownership)(`the directory saw: ${text}`))];
}

const duplicate = (text: string): Finding => ({ checker: 'duplicate accounts', text });
const ownership = (text: string): Finding => ({ checker: 'whose account', text });

function placeOf(system: ChaosSystem, accountId: string | null, accountKey: string | null): string | null {
  return system === 'sales-cloud' ? accountKey : accountId;
}

function repeated(accounts: readonly Account[], by: (account: Account) => string): readonly string[] {
  const seen = accounts.map(by);
  return [...new Set(seen.filter((value, index) => seen.indexOf(value) !== index))];
}
