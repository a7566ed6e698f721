/**
 * PURE. The attempted states after one more was announced (L18). An equal one is not stored twice, so that retries do not
 * let the list grow; its place moves to the end.
 */
export function withAttempt<State extends object>(attempted: readonly State[], state: State): readonly State[] {
  const text = JSON.stringify(state);
  return [...attempted.filter((earlier) => JSON.stringify(earlier) !== text), state];
}
