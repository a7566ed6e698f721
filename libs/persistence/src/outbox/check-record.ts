import { ClassifiedError, type OutgoingRecord } from '@rolebridge/contracts';
import { unstorableText } from '../unstorable-text.ts';

/** Escapes that may stand for U+0000 or a surrogate; only then the value is parsed. */
const SUSPICIOUS = /\\u(0000|d[89a-f])/i;

/** Refuses a record that could be stored but not be published, or not be stored by its readers (law L3). */
export function checkRecord(record: OutgoingRecord, maxValueBytes: number): void {
  const bytes = record.value === null ? 0 : Buffer.byteLength(record.value);
  if (bytes > maxValueBytes) {
    throw new ClassifiedError({ kind: 'rejected', code: 'record-too-large', message: `A record for ${record.topic} has ${bytes} bytes; at most ${maxValueBytes} are allowed. Make the user smaller.` });
  }
  const path = unstorablePart(record);
  if (path !== undefined) {
    throw new ClassifiedError({ kind: 'rejected', code: 'unstorable-text', field: path, message: `A record for ${record.topic} has U+0000 or half a surrogate pair in ${path}. Remove that character.` });
  }
}

function unstorablePart({ topic, key, value, headers }: OutgoingRecord): string | undefined {
  return unstorableText({ topic, key, headers, ...(value === null ? {} : { value }) }) ?? (value !== null && SUSPICIOUS.test(value) ? escapedPart(value) : undefined);
}

function escapedPart(value: string): string | undefined {
  try {
    return unstorableText(JSON.parse(value), 'value');
  } catch {
    return undefined; // not JSON: the characters stand there as they are, and were looked at already
  }
}
