/** What a command touches of the world; replaced in tests. */
export interface CommandContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly stdin: () => Promise<string>;
  readonly nowMs: () => number;
  /** From now on Ctrl-C does not end the command but aborts this; the command then ends by itself and tells how far it came. A second one ends it. */
  readonly untilInterrupted: () => AbortSignal;
  /** Milliseconds; ends early at the signal, so whoever waits looks at it. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** One line per text. */
export function printLines(write: (text: string) => void, lines: readonly string[]): void {
  write(lines.map((line) => `${line}\n`).join(''));
}

export function printJson(write: (text: string) => void, value: unknown): void {
  write(`${JSON.stringify(value, null, 2)}\n`);
}
