import { createHash } from 'node:crypto';
import type { Delivery } from './idempotency.store.ts';

/** Who sends a delivery, how and to what, and the key that the sender gave it. */
export interface DeliveryKey {
  readonly caller: string;
  readonly method: string;
  readonly resource: string;
  readonly key: string;
}

/** Hashes: neither keys nor bodies are kept. */
export function deliveryOf({ caller, method, resource, key }: DeliveryKey, body: string | Buffer): Delivery {
  return { scope: sha256(JSON.stringify([caller, method, resource, key])), bodyHash: sha256(body) };
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
