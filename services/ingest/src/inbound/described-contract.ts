import { readFileSync } from 'node:fs';
import { SCHEMAS, TOPICS } from '@rolebridge/contracts';
import type { TopicId } from '@rolebridge/contracts';
import type { JsonSchema } from './described-resource.ts';

/** The JSON Schema of a topic's value, as it is checked; without its address, so that it can stand inside a document. */
export function contractSchema(id: TopicId): JsonSchema {
  const { $id: _id, $schema: _schema, ...schema } = JSON.parse(readFileSync(new URL(`${TOPICS[id].schema}.schema.json`, SCHEMAS), 'utf8')) as Record<string, unknown>; // our own file
  return schema;
}
