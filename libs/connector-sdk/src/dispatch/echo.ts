/**
 * Answers that several people share: one call was made for all of them, so the breaker counts it once. Results and errors of the others are
 * marked here.
 */
const echoes = new WeakSet<object>();

export function asEcho<T extends object>(answer: T): T {
  echoes.add(answer);
  return answer;
}

export function isEcho(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && echoes.has(answer);
}
