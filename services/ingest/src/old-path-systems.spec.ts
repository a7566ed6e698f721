import type { System } from '@rolebridge/landscape';
import { ConfigurationError } from '@rolebridge/observability';
import { oldPathSystems } from './old-path-systems.ts';

const landscape = (...systems: readonly (readonly [name: string, kind: string])[]) => ({
  systems: systems.map(([name, kind]): System => ({ name, kind, mode: 'active', url: 'https://x.example', limits: { concurrency: 1, perMinute: 0, timeoutMs: 1000 }, settleMs: 0, settings: {} })),
});
const NONE = {};
const COD = 'ips/cod/employeeips';
const FIELDGLASS = 'IDM_IPS/Fieldglass_EmployeeReplication';

describe('an old path', () => {
  test('belongs to the only system of its kind', () => {
    expect(oldPathSystems(NONE, landscape(['c4c', 'sales-cloud'], ['fg', 'fieldglass'], ['x', 'scim']))).toEqual({ [COD]: 'c4c', [FIELDGLASS]: 'fg' });
  });

  test('belongs to none when there are several and nobody chose', () => {
    expect(oldPathSystems(NONE, landscape(['a', 'sales-cloud'], ['b', 'sales-cloud']))).toEqual({});
    expect(oldPathSystems({ ...NONE, OLD_PATH_SALES_CLOUD: 'b' }, landscape(['a', 'sales-cloud'], ['b', 'sales-cloud']))).toEqual({ [COD]: 'b' });
  });

  test('cannot belong to a system that is not there', () => {
    expect(() => oldPathSystems({ ...NONE, OLD_PATH_FIELDGLASS: 'typo' }, landscape(['fg', 'fieldglass']))).toThrow(ConfigurationError);
    expect(() => oldPathSystems({ ...NONE, OLD_PATH_FIELDGLASS: 'typo' }, landscape(['fg', 'fieldglass']))).toThrow('OLD_PATH_FIELDGLASS: the landscape file has no system of this name; it has fg.');
  });
});
