/** Simulated time of a call, milliseconds: spent waiting, never computing, so that many calls pass at once. */
export interface Cost {
  readonly perCallMs: number;
  readonly perUserMs: number;
}

export const FREE: Cost = { perCallMs: 0, perUserMs: 0 };

export function costMs(cost: Cost, users: number): number {
  return cost.perCallMs + cost.perUserMs * users;
}
