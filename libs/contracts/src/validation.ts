import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { RedriveCommand } from './commands.ts';
import type { DesiredAccount } from './desired-account.ts';
import type { IdentityGroup } from './identity-group.ts';
import type { IdentityUser } from './identity-user.ts';
import type { LearnedId, ObservedAccount, TargetEntitlement } from './observed-account.ts';
import type { Outcome } from './outcome.ts';
import { TOPICS, type TopicId } from './topics.ts';
import type { UserChange } from './user-change.ts';

/** The value that each topic carries. */
export interface TopicValues {
  readonly userChange: UserChange;
  readonly user: IdentityUser;
  readonly group: IdentityGroup;
  readonly desiredAccount: DesiredAccount;
  readonly learnedId: LearnedId;
  readonly observedAccount: ObservedAccount;
  readonly entitlement: TargetEntitlement;
  readonly outcome: Outcome;
  readonly retry: RedriveCommand;
  /** Whatever the original was; see `readDeadLetter`. */
  readonly deadLetter: unknown;
}

export type Validation<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string; readonly field: string };

/** The committed JSON Schemas (2020-12), one file per value. */
export const SCHEMAS = new URL('../schemas/', import.meta.url);

let ajv: Ajv2020 | undefined;
const compiled = new Map<TopicId, ValidateFunction>();

/**
 * Checks a value against the schema of its topic: strict about types, open for fields from the future. The problem names the field
 * and never quotes its content.
 */
export function validate<Id extends TopicId>(id: Id, value: unknown): Validation<TopicValues[Id]> {
  const check = compiled.get(id) ?? compile(id);
  if (check(value)) return { ok: true, value: value as TopicValues[Id] }; // the schema is the proof
  const [error] = check.errors ?? [];
  const field = error ? fieldOf(error) : '';
  return { ok: false, field, problem: `${field || 'the value'} ${error ? textOf(error) : 'is not valid'}` };
}

function compile(id: TopicId): ValidateFunction {
  ajv ??= withSchemas();
  const check = ajv.getSchema(`https://rolebridge.io/schemas/${TOPICS[id].schema}.schema.json`);
  if (!check) throw new Error(`The schema ${TOPICS[id].schema} is missing in libs/contracts/schemas.`);
  compiled.set(id, check);
  return check;
}

function withSchemas(): Ajv2020 {
  const instance = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false, allowUnionTypes: true });
  formats.default(instance, { mode: 'fast', formats: ['date-time', 'uuid'] });
  for (const file of readdirSync(SCHEMAS)) instance.addSchema(JSON.parse(readFileSync(new URL(file, SCHEMAS), 'utf8')) as object); // our own files
  return instance;
}

/** `/emails/0/value` → `emails[0].value` */
function fieldOf(error: ErrorObject): string {
  const missing: unknown = error.params['missingProperty'];
  const steps = error.instancePath.split('/').slice(1).map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  return [...steps, ...(typeof missing === 'string' ? [missing] : [])].reduce((path, step) => (/^\d+$/.test(step) ? `${path}[${step}]` : path ? `${path}.${step}` : step), '');
}

function textOf({ keyword, params, message }: ErrorObject): string {
  if (keyword === 'required') return 'is missing';
  if (keyword === 'enum' && Array.isArray(params['allowedValues'])) return `must be one of ${params['allowedValues'].join(', ')}`;
  return message ?? 'is not valid';
}
