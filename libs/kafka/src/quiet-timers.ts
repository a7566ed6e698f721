const NOISE = 'TimeoutNegativeWarning';
let quiet = false;

/**
 * kafkajs 2.2.4 asks for timers in the past (`network/requestQueue`), which Node 24 reports as `TimeoutNegativeWarning` and
 * then treats as 1 ms. Nobody can act on it, so this one warning is not shown; all others are.
 */
export function silenceNegativeTimeouts(): void {
  if (quiet) return;
  quiet = true;
  const emit = process.emitWarning.bind(process);
  process.emitWarning = (...args: unknown[]): void => {
    if (args[1] !== NOISE) Reflect.apply(emit, process, args);
  };
}
