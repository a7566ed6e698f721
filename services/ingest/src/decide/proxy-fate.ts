import type { DeliveryState, Failure, Generation } from '@rolebridge/contracts';
import type { Delivered, ProxyRow } from './proxy-row.ts';

/** What became of a request, as far as is known (L15). */
export interface Fate {
  /** `accepted`: taken by a target that never confirms; `held`, `waiting`: stored and answered at once; `refused`: by the target. */
  readonly kind: 'pending' | 'applied' | 'accepted' | 'held' | 'waiting' | 'refused';
  readonly failure?: Failure;
}

const PENDING: Fate = { kind: 'pending' };

const KIND_OF: Readonly<Record<DeliveryState, Fate['kind']>> = {
  applied: 'applied',
  unchanged: 'applied',
  accepted: 'accepted',
  held: 'held',
  waiting: 'waiting',
  rejected: 'refused',
  exhausted: 'refused',
  pending: 'pending',
  applying: 'pending',
  superseded: 'pending',
};

type Asked = Pick<ProxyRow, 'overlay' | 'overlayGeneration' | 'covering' | 'delivered'>;

/** PURE. The fate of the request of this user generation. A newer request keeps waiting with it. */
export function fateOf(row: Asked | undefined, generation: Generation): Fate {
  if (row?.overlay === undefined) return { kind: 'applied' };
  const delivered = deliveredFor(row, generation);
  return delivered === undefined ? PENDING : { kind: KIND_OF[delivered.state], ...(delivered.failure && { failure: delivered.failure }) };
}

/** What was said about an account generation that covers the request. */
function deliveredFor({ overlayGeneration = 0, covering, delivered }: Asked, generation: Generation): Delivered | undefined {
  if (overlayGeneration < generation || covering === undefined || delivered === undefined) return undefined;
  return delivered.generation >= covering ? delivered : undefined;
}
