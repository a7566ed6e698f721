import type { PersonOrderResult, Republished } from '@rolebridge/contracts';
import { isFlag, isNumber, isText, orNull, shape } from './shape.ts';

const result = shape({ userId: isText, presence: isText, generation: isNumber, changed: isFlag });

export const isPersonOrderResult = (value: unknown): value is PersonOrderResult => result(value);

const republished = shape({ published: isNumber, unsendable: isNumber, next: orNull(isText) });

export const isRepublished = (value: unknown): value is Republished => republished(value);
