import type { IncomingRecord } from '@rolebridge/contracts';
import { foldNewest } from './fold-newest.ts';

function recordOf(topic: string, key: string | null, value: string | null, offset: number): IncomingRecord {
  return { topic, partition: 0, offset, timestamp: 0, key, value: value === null ? null : Buffer.from(value), headers: {} };
}

function generationOf({ value }: IncomingRecord): number | undefined {
  const number = Number(value?.toString());
  return value === null || Number.isNaN(number) ? undefined : number;
}

function fold(records: readonly IncomingRecord[]): readonly string[] {
  return foldNewest(records, generationOf).map(({ topic, key, value, offset }) => `${offset} ${topic}/${key}=${value?.toString() ?? 'null'}`);
}

test('the highest generation counts, not the last record: after a duplicate of the relay, 7 then 5, the 7 stays', () => {
  expect(fold([recordOf('t', 'a', '7', 0), recordOf('t', 'a', '5', 1)])).toEqual(['0 t/a=7']);
});

test('of the same generation twice, the later record stays', () => {
  expect(fold([recordOf('t', 'a', '7', 0), recordOf('t', 'a', '7', 1)])).toEqual(['1 t/a=7']);
});

test('the same key in two topics is two things', () => {
  expect(fold([recordOf('t', 'a', '1', 0), recordOf('u', 'a', '2', 0)])).toEqual(['0 t/a=1', '0 u/a=2']);
});

test('a tombstone, a record that cannot be read and one without key are all kept, in order', () => {
  const records = [recordOf('t', 'a', '1', 0), recordOf('t', 'a', null, 1), recordOf('t', 'a', 'broken', 2), recordOf('t', null, '3', 3), recordOf('t', 'a', '2', 4)];
  expect(fold(records)).toEqual(['1 t/a=null', '2 t/a=broken', '3 t/null=3', '4 t/a=2']);
});
