import { fromHeaders, type EventAttributes } from './envelope.ts';
import { ClassifiedError } from './failures.ts';
import type { IncomingRecord } from './records.ts';
import { TOPICS, type TopicId } from './topics.ts';
import { mayBeUnstorable, unstorableText } from './unstorable.ts';
import { validate, type TopicValues } from './validation.ts';

/** A record of a topic, checked. */
export interface ParsedRecord<Id extends TopicId> {
  readonly value: TopicValues[Id];
  readonly attributes: EventAttributes;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The boundary of every consumer: envelope, bytes, JSON, schema, and no text that a database cannot store. Throws
 * {@link ClassifiedError} `malformed` with one of the codes `bad-envelope`, `foreign-type`, `unknown-version`, `no-value`, `bad-utf8`,
 * `bad-json`, `bad-schema`, `unstorable-text`. Tombstones have no value: look for them first where a topic has them.
 */
export function parseRecord<Id extends TopicId>(id: Id, record: Pick<IncomingRecord, 'value' | 'headers'>): ParsedRecord<Id> {
  const attributes = envelopeOf(record);
  checkType(id, attributes.type);
  const text = textOf(record.value);
  const json = jsonOf(text);
  const path = mayBeUnstorable(text) ? unstorableText(json) : undefined;
  if (path !== undefined) throw malformed('unstorable-text', `${path || 'The value'} has U+0000 or half a surrogate pair; remove that character.`, path);
  const checked = validate(id, json);
  if (!checked.ok) throw malformed('bad-schema', `The value breaks the schema ${TOPICS[id].schema}: ${checked.problem}.`, checked.field);
  return { value: checked.value, attributes };
}

function envelopeOf({ headers }: Pick<IncomingRecord, 'headers'>): EventAttributes {
  const envelope = fromHeaders(headers);
  if (!envelope.ok) throw malformed('bad-envelope', `The CloudEvents envelope is wrong: ${envelope.problem}.`);
  return envelope.value;
}

function checkType(id: TopicId, type: string): void {
  const { eventType, pattern } = TOPICS[id];
  if (type === eventType) return;
  const [known, given] = [eventType, type].map((text) => text.replace(/\.v\d+$/, ''));
  if (known === given) throw malformed('unknown-version', `Its type has another major version than ${eventType}, the one this release reads.`, 'ce_type');
  throw malformed('foreign-type', `Its ce_type is not ${eventType}, which ${pattern} carries.`, 'ce_type');
}

function textOf(value: Buffer | null): string {
  if (value === null) throw malformed('no-value', 'The record has no value.');
  try {
    return utf8.decode(value);
  } catch {
    throw malformed('bad-utf8', 'The value is not UTF-8.');
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed('bad-json', 'The value is not JSON.');
  }
}

function malformed(code: string, message: string, field = ''): ClassifiedError {
  return new ClassifiedError({ kind: 'malformed', code, message, ...(field === '' ? {} : { field }) });
}
