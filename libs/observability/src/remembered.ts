/**
 * An answer that serves all who ask within `ageMs` milliseconds: a scrape asks for several gauges at once, and several scrapers may ask.
 * `undefined` when it could not be had; the gauges then stay as they were, and that a database is away is told by readiness.
 */
export function remembered<Answer>(ask: () => Promise<Answer>, ageMs: number): () => Promise<Answer | undefined> {
  let last: { readonly at: number; readonly answer: Promise<Answer | undefined> } | undefined;
  return () => {
    if (last === undefined || performance.now() - last.at > ageMs) last = { at: performance.now(), answer: ask().catch(() => undefined) };
    return last.answer;
  };
}
