import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { GENERATION_HEADER, topicName } from '@rolebridge/contracts';
import { testStack } from '@rolebridge/local-stack';
import { eventually, FrontDoor } from './test/front-door.ts';

const SCRIPT = fileURLToPath(new URL('../../../docs/examples/consume-users.mjs', import.meta.url));

test('the example in docs/ builds the present state of everybody from the start, whatever is repeated, forgets whom it shall forget, and follows', async () => {
  const door = await FrontDoor.open();
  try {
    const [anna, bert] = [(await door.post({ userName: 'anna' })).body.id, (await door.post({ userName: 'bert' })).body.id];
    await door.post({ userName: 'cleo', active: false });
    await door.call('PATCH', `/scim/v2/Users/${anna}`, { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: [{ op: 'replace', path: 'userName', value: 'anna.new' }] });
    await door.call('DELETE', `/scim/v2/Users/${bert}`);
    const erased = (await door.post({ userName: 'emil' })).body.id;
    await eventually(() => door.users.length === 6);
    const again = (userName: string) => door.records.filter(({ value }) => value?.includes(`"userName":"${userName}"`)).map(({ topic: of, key, value, headers }) => ({ topic: of, key: key ?? '', value: String(value), headers }));
    await door.send(...again('anna'), ...again('bert').slice(0, 1), { topic: topicName('user', {}, door.prefix), key: erased, value: null, headers: { [GENERATION_HEADER]: '2' } });
    const { brokers } = await testStack();
    const child = spawn(process.execPath, [SCRIPT, brokers[0] ?? ''], { env: { ...process.env, TOPIC: topicName('user', {}, door.prefix) } });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.resume(); // kafkajs warns about timers on newer Node
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    try {
      await eventually(() => out.includes('--') || child.exitCode !== null);
      const [state = ''] = out.split('--');
      const told = state.trim().split('\n').map((line) => line.split(/\s+/).slice(1).join(' ')).toSorted();
      expect(told).toEqual(['absent bert', 'active anna.new', 'disabled cleo']);
      expect(out).toContain('-- 3 people');
      await door.post({ userName: 'dora' });
      await eventually(() => out.includes('dora'));
    } finally {
      child.kill('SIGINT');
    }
    expect(await ended).toBe(0);
  } finally {
    await door.close();
  }
}, 90_000);
