import { testStack, uniqueSchema } from '@rolebridge/local-stack';
import { connectDatabase } from './database.ts';
import { listen } from './listen.ts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

test('a listener hears notifications, also after its connection was ended', async () => {
  const { databaseUrl: url } = await testStack();
  const name = uniqueSchema();
  const database = connectDatabase({ url, schema: 'public', applicationName: name });
  const heard: string[] = [];
  const listener = listen({ url, channel: `odd "${name}`, applicationName: `${name}-listener`, onNotify: (payload) => heard.push(payload), log });
  const say = (payload: string) => database.query('select pg_notify($1, $2)', [`odd "${name}`, payload]);

  await until(() => heard.length === 1);
  await say('one');
  await until(() => heard.length === 2);
  await database.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [`${name}-listener`]);
  await until(() => heard.length === 3);
  await say('two');
  await until(() => heard.length === 4);
  expect(heard).toEqual(['', 'one', '', 'two']);
  await listener.close();
  await database.close();
});

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !holds(); ) {
    if (Date.now() > end) throw new Error('It did not come true within 10 s.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
