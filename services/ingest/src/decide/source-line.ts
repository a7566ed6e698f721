/**
 * What is known of one record of an event source: the line in which its changes are worked (L2). Changes with the whole
 * user are state; patches and locks are deltas and count only on top of what they were made for.
 */
export interface SourceLine {
  /** Hash of source and record id. */
  readonly key: string;
  readonly source: string;
  /** Our user; missing until a whole user has arrived. */
  readonly userId?: string;
  /** Number of the last change that took effect, when the sender numbers its changes. */
  readonly lastSequence?: number;
  /** When its person left: what happened before that brings nobody back. */
  readonly left?: Moment;
  /** Deltas that wait, in the order in which they arrived. */
  readonly parked: readonly ParkedDelta[];
}

/** When something happened, and where it stands in its partition, if it stands in one. */
export interface Moment {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  readonly offset?: number;
}

/** PURE. Time tells before from after; within the same millisecond the place does. */
export function compareMoments(one: Moment, other: Moment): number {
  if (one.atMs !== other.atMs) return one.atMs - other.atMs;
  return one.offset === undefined || other.offset === undefined ? 0 : one.offset - other.offset;
}

export function latest(moments: readonly (Moment | undefined)[]): Moment | undefined {
  return moments.filter((moment) => moment !== undefined).reduce<Moment | undefined>((held, moment) => (held && compareMoments(held, moment) >= 0 ? held : moment), undefined);
}

export interface ParkedDelta {
  readonly position: number;
  readonly sequence?: number;
}

export const PARK_REASONS = ['unknown-record', 'sequence-gap', 'behind-parked', 'refused'] as const;
export type ParkReason = (typeof PARK_REASONS)[number];

export type Turn =
  | { readonly kind: 'apply' }
  /** It took effect before, or something newer did. */
  | { readonly kind: 'stale' }
  | { readonly kind: 'park'; readonly reason: ParkReason };

export interface Arrival {
  /** Whether it carries the whole user, or ends it: needs nothing that came before. */
  readonly whole: boolean;
  /** It ends the person. */
  readonly ends: boolean;
  readonly sequence?: number;
  readonly moment: Moment;
}

/** PURE. Whether a change that arrives now has its turn. */
export function turnOf(line: SourceLine, arrival: Arrival): Turn {
  const { sequence } = arrival;
  const numbered = sequence !== undefined && line.lastSequence !== undefined;
  if (numbered ? sequence <= line.lastSequence : isFromBeforeLeaving(line, arrival)) return { kind: 'stale' };
  if (arrival.whole) return { kind: 'apply' };
  const reason = hindrance(line, sequence);
  return reason ? { kind: 'park', reason } : { kind: 'apply' };
}

/** Numbers tell older from newer; without them the moment does. What cannot be told apart from the leaving counts as older: access must not come back. */
function isFromBeforeLeaving({ left }: SourceLine, { moment }: Arrival): boolean {
  return left !== undefined && compareMoments(moment, left) <= 0;
}

/** Why a delta cannot be worked now, if it cannot. */
function hindrance(line: SourceLine, sequence: number | undefined): ParkReason | undefined {
  if (line.userId === undefined) return 'unknown-record';
  if (sequence !== undefined && line.lastSequence !== undefined) return sequence === line.lastSequence + 1 ? undefined : 'sequence-gap';
  return line.parked.length > 0 ? 'behind-parked' : undefined;
}

/** PURE. The line after a change took effect. */
export function advanced(line: SourceLine, arrival: Arrival, userId: string | undefined): SourceLine {
  const lastSequence = arrival.sequence ?? line.lastSequence;
  return {
    ...line,
    ...(userId !== undefined && { userId }),
    ...(lastSequence !== undefined && { lastSequence }),
    ...leftBy(line, arrival),
    parked: line.parked.filter((delta) => !isSettled(delta, arrival, lastSequence)),
  };
}

function leftBy({ left }: SourceLine, { ends, moment }: Arrival): Pick<SourceLine, 'left'> {
  const last = latest([left, ends ? moment : undefined]);
  return last ? { left: last } : {};
}

/** A whole user settles every waiting delta that is not numbered higher: those arrived before it. */
function isSettled(delta: ParkedDelta, arrival: Arrival, lastSequence: number | undefined): boolean {
  if (delta.sequence !== undefined && lastSequence !== undefined) return delta.sequence <= lastSequence;
  return arrival.whole && (delta.sequence === undefined || arrival.sequence === undefined);
}

/** PURE. The waiting delta whose turn it is now, if any: the next number, or the first in a line without numbers. */
export function nextParked(line: SourceLine): ParkedDelta | undefined {
  if (line.userId === undefined) return undefined;
  const { lastSequence } = line;
  if (lastSequence !== undefined) {
    const next = line.parked.find((delta) => delta.sequence === lastSequence + 1);
    if (next) return next;
  }
  const [first] = line.parked;
  return first !== undefined && (first.sequence === undefined || lastSequence === undefined) ? first : undefined;
}

/** PURE. The line with one more waiting delta. */
export function parkedAt(line: SourceLine, delta: ParkedDelta): SourceLine {
  return { ...line, parked: [...line.parked, delta] };
}

/** PURE. The line without a delta that was taken up. */
export function taken(line: SourceLine, position: number): SourceLine {
  return { ...line, parked: line.parked.filter((delta) => delta.position !== position) };
}

/**
 * PURE. The line after an operator gave up what blocks it: changes that never came count as lost, a delta that is refused is
 * dropped. `undefined` when nothing waits.
 */
export function skipped(line: SourceLine): SourceLine | undefined {
  const [head] = line.parked.toSorted((left, right) => (left.sequence ?? 0) - (right.sequence ?? 0) || left.position - right.position);
  if (!head) return undefined;
  const { sequence } = head;
  const isGap = sequence !== undefined && line.lastSequence !== undefined && sequence > line.lastSequence + 1;
  if (isGap) return { ...line, lastSequence: sequence - 1 };
  return { ...taken(line, head.position), ...(sequence !== undefined && { lastSequence: sequence }) };
}
