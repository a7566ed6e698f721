/**
 * Failure kinds (design §4). A failure is classified once, nearest its cause; everything above looks only at the kind.
 */
export const FAILURE_KINDS = [
  'transient',
  'in-doubt',
  'waiting',
  'rejected',
  'malformed',
  'halting',
  'unclassified',
] as const;

export type FailureKind = (typeof FAILURE_KINDS)[number];

/** What a failure says about itself. Texts are redacted: no secrets, no personal data. */
export interface Failure {
  readonly kind: FailureKind;
  /** Short, stable, for filters and metrics: `http-429`, `soap-fault`, `field-too-long`, … */
  readonly code: string;
  /** One sentence for a person, with the fix where we know it. */
  readonly message: string;
  /** The field of the wish that is at fault, as a path, when there is one. */
  readonly field?: string;
  /** The target asked for this pause, in milliseconds. */
  readonly retryAfterMs?: number;
  /** What the prerequisite is, for `waiting`: shown to operators and used to wake the row. */
  readonly waitingFor?: string;
}

/** What a target answered, as it was read. For dead letters only, and only masked: it may repeat what was sent. Never logged. */
export interface AnswerAsRead {
  readonly status?: number;
  readonly text?: string;
}

export interface ClassifiedErrorOptions extends ErrorOptions {
  /** The answer that was classified, if there was one. */
  readonly answer?: AnswerAsRead;
}

/** An error that carries its classification. */
export class ClassifiedError extends Error {
  override readonly name = 'ClassifiedError';
  readonly failure: Failure;
  /** Private, so that nothing that prints errors shows it. */
  readonly #answer: AnswerAsRead | undefined;

  constructor(failure: Failure, options?: ClassifiedErrorOptions) {
    super(failure.message, options);
    this.failure = failure;
    this.#answer = options?.answer;
  }

  /** The answer of the target behind an error, if it is known. */
  static answerOf(error: unknown): AnswerAsRead | undefined {
    return error instanceof ClassifiedError ? error.#answer : undefined;
  }
}

/** The failure of anything that was thrown: its own classification, or `unclassified` with the error's class name as code. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ClassifiedError) return error.failure;
  const code = error instanceof Error ? error.constructor.name : typeof error;
  return { kind: 'unclassified', code, message: `An error nobody has classified: ${code}. This is a defect of Rolebridge.` };
}
