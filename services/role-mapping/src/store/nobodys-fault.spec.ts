import { ClassifiedError } from '@rolebridge/contracts';
import type { FailureKind } from '@rolebridge/contracts';
import { SqlError } from '@rolebridge/persistence';

import { isNobodysFault } from './nobodys-fault.ts';

const sql = (code: string, connection = false) => new SqlError('failed', { code, connection });
const classified = (kind: FailureKind) => new ClassifiedError({ kind, code: 'x', message: 'x' });

describe('whose fault a failure is', () => {
  test.each<[string, unknown]>([
    ['a lost connection', sql('ECONNRESET', true)],
    ['a deadlock', sql('40P01')],
    ['a full disk', sql('53100')],
    ['a table that is not there yet', sql('42P01')],
    ['a server that only reads since its failover', sql('25006')],
    ['a statement that took too long', sql('57014')],
    ['rules that cannot be used', classified('halting')],
  ])('%s is nobody\'s', (_, error) => {
    expect(isNobodysFault(error)).toBe(true);
  });

  test.each<[string, unknown]>([
    ['a value that does not fit its type', sql('22P02')],
    ['a constraint', sql('23514')],
    ['a record that is too large', classified('rejected')],
    ['a defect of ours that one person meets', new TypeError('x')],
  ])('%s lies in the record', (_, error) => {
    expect(isNobodysFault(error)).toBe(false);
  });
});
