import { ClassifiedError, type OutgoingRecord } from '@rolebridge/contracts';
import * as fc from 'fast-check';
import type { OutboxRow } from './relay-rows.ts';
import { send } from './send.ts';

const row = (sequence: number, key: string, value = '{}'): OutboxRow => ({ sequence, topic: 't', key, value, headers: {}, blocked: false, ageMs: 0 });

/** A broker that refuses every request with a record it cannot take. */
function broker(refuses: (record: OutgoingRecord) => boolean) {
  const log: OutgoingRecord[] = [];
  return {
    log,
    close: async () => undefined,
    publish: async (records: readonly OutgoingRecord[]) => {
      if (records.some(refuses)) throw new ClassifiedError({ kind: 'rejected', code: 'record-too-large', message: 'too large' });
      log.push(...records);
    },
  };
}

describe('sending a batch', () => {
  test('a record the broker refuses holds back only later records of its key, and order stays per key', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), bad: fc.boolean() }), { maxLength: 30 }), async (wishes) => {
        const rows = wishes.map(({ key, bad }, index) => row(index, key, bad ? 'bad' : String(index)));
        const target = broker(({ value }) => value === 'bad');
        const { sent, refused } = await send(target, rows);
        const firstBad = new Map(rows.filter(({ value }) => value === 'bad').toReversed().map(({ key, sequence }) => [key, sequence]));
        expect(refused.map((one) => one.row.sequence).toSorted((a, b) => a - b)).toEqual([...firstBad.values()].toSorted((a, b) => a - b));
        const expected = rows.filter(({ key, sequence }) => sequence < (firstBad.get(key) ?? Infinity));
        expect(sent).toEqual(expected);
        expect(target.log.map(({ value }) => value)).toEqual(expected.map(({ value }) => value));
      }),
    );
  });

  test('a broker that is out of reach is nobody’s verdict', async () => {
    const down = { publish: () => Promise.reject(new Error('down')), close: async () => undefined };
    await expect(send(down, [row(1, 'a')])).rejects.toThrow('down');
  });
});
