import { ClassifiedError, type OutgoingRecord, unstorableText } from '@rolebridge/contracts';

/** Escapes that may stand for U+0000 or a surrogate; only then the value is parsed. */
const SUSPICIOUS = /\\u(0000|d[89a-f])/i;

/** Refuses a record that could be stored but not be published, or not be stored by its readers (law L3). */
export function checkRecord(record: OutgoingRecord, headers: string, maxBytes: number): void {
  const bytes = Buffer.byteLength(record.value ?? '') + Buffer.byteLength(headers);
  if (bytes > maxBytes) {
    const message = `A record for ${record.topic} has ${bytes} bytes; at most ${maxBytes} are allowed. Make it smaller.`;
    throw new ClassifiedError({ kind: 'rejected', code: 'record-too-large', message });
  }
  const field = unstorablePart(record);
  if (field !== undefined) {
    const message = `A record for ${record.topic} has U+0000 or half a surrogate pair in ${field}. Remove that character.`;
    throw new ClassifiedError({ kind: 'rejected', code: 'unstorable-text', message, field });
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
