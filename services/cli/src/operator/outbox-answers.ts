import type { OutboxListing, OutboxOrderResult } from '@rolebridge/contracts';
import { isNumber, isText, listOf, shape } from './shape.ts';

const key = shape({ topic: isText, key: isText, code: isText, records: isNumber, refused: isNumber, since: isText });
const listing = shape({ rows: isNumber, oldestSeconds: isNumber, aside: isNumber, keys: listOf(key) });
const result = shape({ going: isNumber, lost: isNumber });

export const isOutboxListing = (value: unknown): value is OutboxListing => listing(value);
export const isOutboxOrderResult = (value: unknown): value is OutboxOrderResult => result(value);
