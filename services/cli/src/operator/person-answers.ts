import type { PersonOrderResult } from '@rolebridge/contracts';
import { isFlag, isNumber, isText, shape } from './shape.ts';

const result = shape({ userId: isText, presence: isText, generation: isNumber, changed: isFlag });

export const isPersonOrderResult = (value: unknown): value is PersonOrderResult => result(value);
