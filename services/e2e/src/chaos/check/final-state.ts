import { CHAOS_SYSTEMS, type ChaosSystem, type Expected, type Oracle } from '../stories/oracle.ts';
import { type Account, accountsOf } from './accounts.ts';
import { hasJustWoken } from './calls.ts';
import type { Evidence, Finding, Verdict } from './evidence.ts';

/**
 * Every account is as the stories say, and there is no other. Known limit, told as a note: a one-way target cannot say that a login
 * is still taken, so an heir's message that overtakes the message of the former holder gets lost there unseen; only the target's own
 * monitoring shows it.
 */
export function checkFinalState(oracle: Oracle, evidence: Evidence): Verdict {
  const accounts = accountsOf(evidence);
  const wrong = [...oracle].flatMap(([person, expected]) =>
    CHAOS_SYSTEMS.map((system) => ({ person, system, texts: differences(person, expected[system], accounts.filter((account) => account.system === system && account.person === person)) })),
  );
  const isKnown = ({ person, system }: { readonly person: string; readonly system: ChaosSystem }): boolean => system === 'sales-cloud' && oracle.get(person)?.[system].heir === true && collided(person, evidence);
  const told = (all: typeof wrong): readonly string[] => all.flatMap(({ person, system, texts }) => texts.map((text) => `${person} at ${system}: ${text}`));
  const strangers = accounts.filter(({ person }) => !oracle.has(person)).map(({ system, place, login }) => `${system} holds an account of nobody: ${place} (${login})`);
  return { findings: [...told(wrong.filter((one) => !isKnown(one))), ...strangers].map(found), notes: told(wrong.filter(isKnown)).map((text) => `known limit, logins collided unseen: ${text}`) };
}

function collided(person: string, { links, ids, salesCloud }: Evidence): boolean {
  const link = links.find(({ system, userId }) => system === 'sales-cloud' && userId === ids.get(person));
  return salesCloud.messageMonitoring.some(({ key, code }) => key === link?.accountKey && code === 'alias-exists');
}

/**
 * Refusals out of sight that are right. `alias-exists`: told with the final state. `family-name-missing`: only the end of an account goes
 * without names; it is sent whenever something may be there (L18), also when the create before it never arrived.
 */
const EXPLAINED = new Set(['alias-exists', 'family-name-missing']);

/** Nothing else that we sent was refused out of sight. */
export function checkMonitoring({ salesCloud }: Evidence): readonly Finding[] {
  return salesCloud.messageMonitoring.filter(({ code }) => !EXPLAINED.has(code)).map(({ key, code, text }) => ({ checker: 'message monitoring', text: `sales-cloud refused ${key} unseen: ${code}, ${text}` }));
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
  const blamed = evidence.directory.violations.filter(({ arrivedAtMs }) => !hasJustWoken(evidence, 'chaos-directory', arrivedAtMs));
  return [...doubled, ...strange, ...blamed.map(({ kind, text }) => (kind === 'stranger' ? ownership : duplicate)(`the directory saw: ${text}`))];
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
