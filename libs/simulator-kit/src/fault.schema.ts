import { Ajv } from 'ajv';
import type { JSONSchemaType } from 'ajv';
import { FAULT_KINDS } from './faults.ts';
import type { Fault } from './faults.ts';
import type { Cost } from './cost.ts';

const ajv = new Ajv({ allErrors: true });

const validateFault = ajv.compile<Fault>({
  type: 'object',
  required: ['kind'],
  additionalProperties: false,
  properties: {
    kind: { enum: FAULT_KINDS },
    operation: { type: 'string', minLength: 1 },
    user: { type: 'string', minLength: 1 },
    times: { type: 'integer', minimum: 1 },
    forMs: { type: 'number', exclusiveMinimum: 0 },
    share: { type: 'number', minimum: 0, maximum: 1 },
    value: { type: 'number', minimum: 0 },
  },
});

const COST: JSONSchemaType<Cost> = {
  type: 'object',
  required: ['perCallMs', 'perUserMs'],
  additionalProperties: false,
  properties: { perCallMs: { type: 'number', minimum: 0 }, perUserMs: { type: 'number', minimum: 0 } },
};
const validateCost = ajv.compile(COST);

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

/** Reads the body of `POST /_simulator/faults`. */
export function parseFault(text: string): Parsed<Fault> {
  return parse(text, validateFault);
}

/** Reads the body of `PUT /_simulator/cost`; a field left out is 0. */
export function parseCost(text: string): Parsed<Cost> {
  return parse(text, validateCost, { perCallMs: 0, perUserMs: 0 });
}

interface Validate<T> {
  (value: unknown): value is T;
  errors?: typeof ajv.errors;
}

function parse<T>(text: string, validate: Validate<T>, defaults: object = {}): Parsed<T> {
  const value = parseJson(text);
  const whole: unknown = typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...defaults, ...value } : value;
  if (validate(whole)) return { ok: true, value: whole };
  return { ok: false, problem: ajv.errorsText(validate.errors, { dataVar: 'body' }) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // refused by the schema with "must be object"
  }
}
