import type { Partition } from './partition.ts';
import { partitionKey } from './partition.ts';

/** `take`: it goes on where we are. `again`: go back to `offset` first. `gap`: records between `offset` and it are gone. */
export type Verdict = { readonly kind: 'take' } | { readonly kind: 'again' | 'gap'; readonly offset: number };

/**
 * Sees that each fetch goes on where the last one ended. kafkajs can hand over a fetch that was asked for before a rebalance, and
 * it jumps over records without a word when the broker has deleted them (offset out of range).
 */
export interface Continuity {
  /** Where the next fetch of the partition must start. */
  expect(at: Partition, offset: number): void;
  check(at: Partition, fetchedFrom: number): Verdict;
  forget(): void;
}

export function continuity(): Continuity {
  const expected = new Map<string, number>();
  const asked = new Set<string>();
  return {
    expect(at, offset) {
      expected.set(partitionKey(at), offset);
      asked.delete(partitionKey(at));
    },
    check(at, fetchedFrom) {
      const key = partitionKey(at);
      const offset = expected.get(key);
      if (offset === undefined || offset === fetchedFrom) return { kind: 'take' };
      if (asked.has(key)) return { kind: 'gap', offset };
      asked.add(key);
      return { kind: 'again', offset };
    },
    forget() {
      expected.clear();
      asked.clear();
    },
  };
}
