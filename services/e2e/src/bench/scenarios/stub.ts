/** What a benchmark tells the stub target to do, and what it asks of it. */
export interface StubTarget {
  behave(behaviour: { readonly delayMs?: number; readonly down?: boolean }): Promise<void>;
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
