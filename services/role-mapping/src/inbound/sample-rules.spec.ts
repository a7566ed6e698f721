import { fileURLToPath } from 'node:url';
import type { IdentityUser } from '@rolebridge/contracts';

import { compileRules } from '../decide/compile.ts';
import { evaluate } from '../decide/evaluate.ts';
import { NOW, person, primaryOf, valuesOf } from '../test/person.ts';
import { loadRules } from './rule-folders.ts';

const folder = fileURLToPath(new URL('../../../../deploy/rules', import.meta.url));
const rules = compileRules(loadRules(folder, ['sales-cloud', 'fieldglass']), 1);

function accountsOf(user: IdentityUser) {
  const { verdicts } = evaluate(user, rules, { nowMs: NOW, cause: user.cause, previous: new Map() });
  return (system: string) => {
    const verdict = verdicts.get(system);
    return verdict?.kind === 'account' ? { roles: valuesOf(verdict.wish, 'role'), units: valuesOf(verdict.wish, 'unit'), primary: primaryOf(verdict.wish) } : verdict?.kind;
  };
}

describe('the sample rules', () => {
  const resource = { userName: 'anna', userType: 'External' };

  test.each<[string, Partial<IdentityUser>, object, object | string]>([
    ['a seller', { units: ['1000', '1100'], primaryUnit: '1000' }, { roles: ['SALES_REP'], units: ['1000', '1100'], primary: '1000' }, { roles: undefined, units: ['1000', '1100'], primary: '1000' }],
    ['a seller of a sub-unit only', { units: ['1100'] }, { roles: ['SALES_REP'], units: ['1100'], primary: '1100' }, 'none'],
    ['a sales manager', { units: ['1100'], resource: { ...resource, title: 'Sales Manager' } }, { roles: ['SALES_MANAGER', 'SALES_REP'], units: ['1100'], primary: '1100' }, 'none'],
    ['a contractor with a title', { units: ['1100'], roles: ['SALES_MANAGER'], resource: { ...resource, title: 'Sales Manager', userType: 'Contractor' } }, { roles: ['SALES_REP'], units: ['1100'], primary: '1100' }, 'none'],
    ['a service agent', { units: ['2000'] }, { roles: ['SERVICE_AGENT'], units: ['2000'], primary: '2000' }, { roles: undefined, units: ['2000'], primary: undefined }],
    ['an employee elsewhere', { units: ['3000'], resource: { ...resource, userType: 'Employee' } }, { roles: ['BASIC_USER'], units: ['3000'], primary: '3000' }, { roles: undefined, units: ['3000'], primary: undefined }],
    ['passed-through roles', { units: ['3000'], roles: ['SERVICE_LEAD', 'ADMIN'] }, { roles: ['BASIC_USER', 'SERVICE_LEAD'], units: ['3000'], primary: '3000' }, 'none'],
    ['the key account team', { units: ['1000'], groups: [{ id: 'g', name: 'Key Account Team' }] }, { roles: ['KEY_ACCOUNT', 'SALES_REP'], units: ['1000'], primary: '1000' }, { roles: undefined, units: ['1000'], primary: undefined }],
  ])('%s', (_, change, salesCloud, fieldglass) => {
    const account = accountsOf(person({ resource, ...change }));
    expect([account('sales-cloud'), account('fieldglass')]).toEqual([salesCloud, fieldglass]);
  });
});
