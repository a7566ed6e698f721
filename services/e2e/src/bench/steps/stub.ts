/** How the stub target behaves; what is left out stays as it is. */
export interface StubBehaviour {
  /** How long a call takes, milliseconds. */
  readonly delayMs?: number;
  /** Every call is answered 503. */
  readonly down?: boolean;
  /** Calls about these people are answered 400. */
  readonly refused?: readonly { readonly path: string; readonly key: string }[];
  /** At these paths calls are never answered. */
  readonly silent?: readonly string[];
}

/** What a benchmark tells the stub target to do, and what it asks of it. */
export interface StubTarget {
  behave(behaviour: StubBehaviour): Promise<void>;
  calls(): Promise<{ readonly served: number; readonly refused: number }>;
}

export function stubTarget(url: string): StubTarget {
  return {
    async behave(behaviour) {
      const answer = await fetch(`${url}/behaviour`, { method: 'PUT', body: JSON.stringify(behaviour) });
      if (!answer.ok) throw new Error(`The stub target answered ${answer.status}.`);
    },
    calls: async () => (await (await fetch(`${url}/calls`)).json()) as { served: number; refused: number }, // written by stub-target.ts
  };
}
