import type { Failure, FailureKind } from './failures.ts';

/**
 * Dead letters as operators see them: the same routes in every service that buries. Filters are query parameters of the list.
 *
 * | service | route | right | answer |
 * |---|---|---|---|
 * | each | `GET /operator/dead-letters?…` {@link DeadLetterQuestion} | `read` | {@link DeadLetterPage}, newest first |
 * | each | `GET /operator/dead-letters/<id>` | `read` | {@link DeadLetterDetails}; 404 when this service has no such letter |
 * | each | `POST /operator/dead-letters/redrive` {@link BulkRedrive} | `operate` | {@link BulkRedriveResult}, also when nothing could be redriven |
 * | each | `POST /operator/dead-letters/dismiss` {@link Dismissal} | `operate` | {@link DismissalResult}, also when nothing could be dismissed |
 */
export const DEAD_LETTER_PATHS = {
  list: '/operator/dead-letters',
  one: (id: string) => `/operator/dead-letters/${encodeURIComponent(id)}`,
  redrive: '/operator/dead-letters/redrive',
  dismiss: '/operator/dead-letters/dismiss',
} as const;

/**
 * | state | meaning |
 * |---|---|
 * | `open` | it needs a person |
 * | `under-way` | it was redriven, or released; how it ends is not known yet |
 * | `resolved` | what it was about is done: the newest wish was applied, the change was worked |
 * | `superseded` | a newer state of the person took its place |
 * | `repeated` | it failed again; a later dead letter tells of it |
 * | `dismissed` | an operator decided that nothing is to be done; what it was about stays as it is |
 */
export const LETTER_STATES = ['open', 'under-way', 'resolved', 'superseded', 'repeated', 'dismissed'] as const;
export type LetterState = (typeof LETTER_STATES)[number];

/** A dead letter in a list. Nothing in it is personal but our own ids. */
export interface DeadLetterSummary {
  readonly id: string;
  /** The service that buried it: `ingest`, `role-mapping`, `connector-<system>`. */
  readonly consumer: string;
  readonly system: string | null;
  readonly userId: string | null;
  /** Of what was attempted: the account at a connector, the user at role-mapping. */
  readonly generation: number | null;
  readonly kind: FailureKind;
  readonly code: string;
  readonly message: string;
  readonly field: string | null;
  /** Names of the rules that gave the entitlements of the wish. */
  readonly rules: readonly string[];
  readonly attempts: number;
  /** ISO 8601. */
  readonly firstFailureAt: string;
  /** ISO 8601. */
  readonly lastFailureAt: string;
  readonly correlationId: string;
  readonly state: LetterState;
}

/** Everything known about one dead letter. */
export interface DeadLetterDetails extends DeadLetterSummary {
  /** The record of an event source it belongs to (`/operator/parked`): a hash. */
  readonly line: string | null;
  readonly original: { readonly topic: string; readonly partition: number | null; readonly offset: number | null; readonly at: string | null };
  /** Names of the steps that were planned, in order. */
  readonly plan: readonly string[];
  /** The last call to the target: personal data and secrets masked. */
  readonly request: string | null;
  readonly answer: string | null;
  readonly serviceVersion: string;
  /** Who redrove it, oldest first. */
  readonly redrives: readonly { readonly at: string; readonly by: string; readonly reason: string }[];
  /** Who decided that nothing is to be done. */
  readonly dismissed?: { readonly at: string; readonly by: string; readonly reason: string };
  /** Why it cannot be redriven now and what to do instead; `null` when it can. */
  readonly obstacle: string | null;
  /** What the service itself knows about mending this code. */
  readonly hint: string | null;
}

/** Which dead letters. Everything given must fit. */
export interface DeadLetterFilter {
  readonly ids?: readonly string[];
  readonly consumer?: string;
  readonly system?: string;
  readonly kind?: FailureKind;
  readonly code?: string;
  /** A rule that gave an entitlement of the wish. */
  readonly rule?: string;
  /** ISO 8601, by the last failure. */
  readonly since?: string;
  /** ISO 8601, exclusive. */
  readonly until?: string;
}

export interface DeadLetterQuestion extends DeadLetterFilter {
  /** Default `open`. */
  readonly state?: 'open' | 'all';
  /** 1 to {@link MAX_LETTERS_PER_PAGE}, default 100. */
  readonly limit?: number;
  /** Where the last page ended: its `next`. */
  readonly after?: string;
}

export const MAX_LETTERS_PER_PAGE = 1000;

export interface DeadLetterPage {
  readonly letters: readonly DeadLetterSummary[];
  /** That fit the question, on all pages. */
  readonly total: number;
  readonly next: string | null;
}

/** Body of a redrive. The newest state is applied, never an old payload. */
export interface BulkRedrive {
  /** Without any condition: every open letter of the service. */
  readonly filter: DeadLetterFilter;
  readonly reason: string;
  /** Tell what would be done, and change nothing. */
  readonly dryRun?: boolean;
  /** Due times are spread: so many a second. Without it all are due at once, behind single changes. */
  readonly perSecond?: number;
  /** Milliseconds from now until the first is due: where the call before ended. */
  readonly startInMs?: number;
}

/** One call redrives at most so many; `remaining` tells to call again. */
export const MAX_LETTERS_PER_REDRIVE = 1000;

export interface BulkRedriveResult {
  readonly dryRun: boolean;
  /** Letters that were redriven, or would be. */
  readonly redriven: readonly string[];
  readonly skipped: readonly { readonly why: string; readonly count: number }[];
  /** Open letters that fit and were left for the next call. */
  readonly remaining: number;
}

/** Body of a dismissal: by id only, each was looked at. */
export interface Dismissal {
  readonly ids: readonly string[];
  readonly reason: string;
}

export interface DismissalResult {
  readonly dismissed: readonly string[];
  readonly skipped: readonly { readonly why: string; readonly count: number }[];
}

/** Failure of a letter, for those who look up hints. */
export type LetterFailure = Pick<Failure, 'kind' | 'code'>;
