import { inspect } from 'node:util';
import { DatabaseError } from 'pg';
import { isConnectionError, isUniqueViolation, withoutValues } from './sql-error.ts';

function fromServer(fields: Partial<DatabaseError>): DatabaseError {
  return Object.assign(new DatabaseError('secret-value refused', 1, 'error'), fields);
}

describe('errors of the database', () => {
  test('carry no values: not in the message, not in any field, not as a cause', () => {
    const detail = 'Key (user_name)=(secret-value) already exists.';
    const error = withoutValues(fromServer({ code: '23505', detail, where: 'secret-value', constraint: 'user_name_key', table: 'person' }));
    expect(inspect(error, { depth: 5, showHidden: true })).not.toContain('secret-value');
    expect(error).toMatchObject({ message: 'PostgreSQL 23505: a constraint refused the row (table person, constraint user_name_key)', code: '23505' });
  });

  test('a unique violation is told by its constraint', () => {
    const error = withoutValues(fromServer({ code: '23505', constraint: 'user_name_key' }));
    expect(isUniqueViolation(error)).toBe(true);
    expect(isUniqueViolation(error, 'user_name_key')).toBe(true);
    expect(isUniqueViolation(error, 'other')).toBe(false);
    expect(isUniqueViolation(new Error('23505'))).toBe(false);
  });

  test.each([
    ['what is wrong in our own SQL', '42P01', 'relation "x" does not exist'],
    ['a lock that nobody gave up in time', '55P03', 'canceling statement due to lock timeout'],
  ])('%s is told in the words of the server', (_, code, message) => {
    expect(withoutValues(Object.assign(new DatabaseError(message, 1, 'error'), { code }))).toMatchObject({ message: `PostgreSQL ${code}: ${message}` });
  });

  test.each([
    [fromServer({ code: '57P01' }), true],
    [fromServer({ code: '53300' }), true],
    [fromServer({ code: '23505' }), false],
    [fromServer({ code: '57014' }), false],
    [Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' }), true],
    [new AggregateError([new Error('connect ECONNREFUSED ::1:1')], ''), false],
    [Object.assign(new AggregateError([new Error('connect ECONNREFUSED ::1:1')], ''), { code: 'ECONNREFUSED' }), true],
    [new Error('Connection terminated unexpectedly'), true],
    [new Error('Query read timeout'), true],
    [new TypeError('Cannot read properties of undefined'), false],
  ])('%s is a matter of the connection: %s', (error, expected) => {
    expect(isConnectionError(withoutValues(error))).toBe(expected);
  });
});
