import { isObject, readAttribute } from '../user/read-value.ts';
import type { PatchOperation } from './operations.ts';
import type { Target } from './target.ts';

type AttributeTarget = Extract<Target, { kind: 'attribute' }>;

/** The next value of an attribute with one value; `undefined` when it ends up unassigned. Complex values are merged. */
export function patchSingle(held: unknown, target: AttributeTarget, operation: PatchOperation, path: string): unknown {
  const { attribute, sub } = target;
  if (sub) return withMember(held, sub.name, operation.op === 'remove' ? undefined : readAttribute(sub, operation.value, path));
  if (operation.op === 'remove') return undefined;
  const value = readAttribute(attribute, operation.value, path);
  return isObject(value) && isObject(held) ? { ...held, ...value } : value;
}

/** The object with one member set, or without it; `undefined` when nothing is left. */
export function withMember(held: unknown, name: string, value: unknown): Readonly<Record<string, unknown>> | undefined {
  const { [name]: _, ...rest } = isObject(held) ? held : {};
  const next = value === undefined ? rest : { ...rest, [name]: value };
  return Object.keys(next).length > 0 ? next : undefined;
}
