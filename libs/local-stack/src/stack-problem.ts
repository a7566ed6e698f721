/** A reason why a broker or a database cannot run here: one sentence for a person, with what to do. */
export class StackProblem extends Error {
  override readonly name = 'StackProblem';
  /** `missing`: a program is not installed here, so a container may do instead. */
  readonly kind: 'missing' | 'other';

  constructor(message: string, options: ErrorOptions & { readonly kind?: 'missing' } = {}) {
    super(message, options);
    this.kind = options.kind ?? 'other';
  }
}

/** What is told to the person who waits. */
export type Progress = (line: string) => void;

/** A broker or a database that runs for this process. */
export interface Running {
  /** Stops it and waits until it is gone. May be called twice. */
  stop(): Promise<void>;
  /** Resolves with one sentence when it ended although nobody stopped it; otherwise never. */
  readonly exited: Promise<string>;
}
