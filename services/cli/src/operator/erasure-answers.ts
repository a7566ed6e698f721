import type { ErasedPerson, GivenUp, OpenErasures } from '@rolebridge/contracts';
import { isNumber, isText, listOf, optional, shape } from './shape.ts';

const open = shape({ erasures: listOf(shape({ place: isText, userId: isText, since: isText, state: isText, failure: optional(shape({ code: isText, message: isText })) })), total: isNumber });
const erased = shape({ id: isText, generation: isNumber });
const givenUp = shape({ system: isText, userId: isText });

export const isOpenErasures = (value: unknown): value is OpenErasures => open(value);
export const isErasedPerson = (value: unknown): value is ErasedPerson => erased(value);
export const isGivenUp = (value: unknown): value is GivenUp => givenUp(value);
