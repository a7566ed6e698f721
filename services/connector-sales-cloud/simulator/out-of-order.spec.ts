import { readFileSync } from 'node:fs';
import { startSalesCloudSimulator } from './sales-cloud.simulator.ts';

const joiner = readFileSync(new URL('../test/golden/joiner.xml', import.meta.url), 'utf8');
const headers = {
  'content-type': 'text/xml; charset=utf-8',
  soapaction: '"http://sap.com/xi/A1S/Global/EmployeeReplicationIn/ReplicateEmployeeRequest"',
  authorization: `Basic ${Buffer.from('u:p').toString('base64')}`,
};
const options = { port: 0, user: 'u', password: 'p', senderParty: 'ROLEBRIDGE', recipientParty: 'C4CSIM' };

async function withSimulator(more: object, work: (post: (generation: number, extra?: object, query?: string) => Promise<number>, state: () => Promise<string>) => Promise<void>): Promise<void> {
  const simulator = await startSalesCloudSimulator({ ...options, ...more });
  const post = async (generation: number, extra: object = {}, query = '?sap-vhost=x') => {
    const url = `${simulator.url}/sap/bc/srt/scs/sap/employeereplicationin2${query}`;
    return (await fetch(url, { method: 'POST', body: joiner, headers: { ...headers, 'x-rolebridge-generation': String(generation), ...extra } })).status;
  };
  try {
    await work(post, async () => (await fetch(`${simulator.url}/_simulator/state`)).text());
  } finally {
    await simulator.close();
  }
}

test('accepted messages take effect later and overtake one another', async () => {
  await withSimulator({ settleWindowMs: 150, seed: 3 }, async (post, state) => {
    for (const generation of [1, 2, 3, 4, 5, 6]) expect(await post(generation)).toBe(202);
    expect(JSON.parse(await state())).toMatchObject({ accepted: 6 });
    await new Promise((resolve) => setTimeout(resolve, 250));
    const after = JSON.parse(await state()) as { pending: number; processed: number; backwardsSteps: readonly object[] };
    expect([after.pending, after.processed]).toEqual([0, 6]);
    expect(after.backwardsSteps.length).toBeGreaterThan(0);
  });
});

test('a repeated message id can be dropped, if we assume that the product does', async () => {
  await withSimulator({ settleWindowMs: 0, dropDuplicates: true }, async (post, state) => {
    await post(1);
    await post(2);
    expect(JSON.parse(await state())).toMatchObject({ accepted: 2, processed: 1, duplicateMessageIds: 1 });
  });
});

test('the door is checked before the message', async () => {
  await withSimulator({ settleWindowMs: 0 }, async (post, state) => {
    expect(await post(1, { authorization: 'Basic wrong' })).toBe(401);
    expect(await post(1, { soapaction: '"other"' })).toBe(500);
    expect(await post(1, { 'content-type': 'application/json' })).toBe(415);
    expect(await post(1, {}, '')).toBe(500);
    expect(await post(1, {}, '?sap-vhost=x&colour=red')).toBe(500);
    expect(JSON.parse(await state())).toMatchObject({ accepted: 0, employees: [] });
  });
});
