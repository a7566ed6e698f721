import type { OutgoingRecord } from '@rolebridge/contracts';
import * as fc from 'fast-check';
import { chunksOf, MAX_BYTES, MAX_RECORDS, sizeOf } from './chunks.ts';

const records = fc.array(
  fc.record({ key: fc.string(), bytes: fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 100_000, max: 1_200_000 })) }),
  { maxLength: 600 },
);

test('chunks keep every record in order and stay within the limits unless a record is alone', () => {
  fc.assert(
    fc.property(records, (drawn) => {
      const given = drawn.map(({ key, bytes }): OutgoingRecord => ({ topic: 't', key, value: 'x'.repeat(bytes), headers: {} }));
      const chunks = chunksOf(given);
      expect(chunks.flat()).toEqual(given);
      for (const chunk of chunks.filter(({ length }) => length > 1)) {
        expect(chunk.length).toBeLessThanOrEqual(MAX_RECORDS);
        expect(chunk.reduce((sum, record) => sum + sizeOf(record), 0)).toBeLessThanOrEqual(MAX_BYTES);
      }
    }),
    { numRuns: 20 },
  );
});
