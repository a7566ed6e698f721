import { connect } from 'node:net';
import { answersKafka } from './kafka.ts';
import { testStack } from './test-stack.ts';

function portOf(address: string): number {
  return Number(new URL(address.includes('://') ? address : `kafka://${address}`).port);
}

test('a test finds a broker that answers and a database that takes connections', async () => {
  const { brokers, databaseUrl } = await testStack();
  expect(await answersKafka('127.0.0.1', portOf(brokers[0] ?? ''))).toBe(true);
  const connected = await new Promise<boolean>((resolve) => {
    const socket = connect(portOf(databaseUrl), '127.0.0.1', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
  expect(connected).toBe(true);
});

test('a second question in the same process is answered with the same stack', async () => {
  expect(await testStack()).toEqual(await testStack());
});
