import { clientConfig } from './connection-settings.ts';

const where = { url: 'postgres://u:p@h/d', schema: 'role_mapping', applicationName: 'x' };

describe('settings of a connection', () => {
  test('travel with the connection: the search path always, the settings for queue tables when asked for', () => {
    expect(clientConfig(where).options).toContain('-c search_path=role_mapping');
    expect(clientConfig(where).options).not.toContain('enable_seqscan');
    expect(clientConfig(where, { queue: true }).options).toContain('-c plan_cache_mode=force_custom_plan -c enable_seqscan=off -c enable_bitmapscan=off -c jit=off');
  });

  test.each(['', 'Role', 'a-b', 'a b', 'a;drop', `a${'b'.repeat(48)}`])('the schema name "%s" is refused', (schema) => {
    expect(() => clientConfig({ ...where, schema })).toThrow('lower case letters');
  });

  test('an address that would replace the settings is refused', () => {
    expect(() => clientConfig({ ...where, url: 'postgres://u:p@h/d?sslmode=require&options=-c%20jit%3Don' })).toThrow('"options"');
  });
});
