import { STATUS_CODES } from 'node:http';
import type { Failure } from '@rolebridge/contracts';
import type { EventOutcome } from '../store/take-records.ts';
import type { EnvelopeProblem } from './event-envelope.ts';

/** What the sender of one event is told. */
export interface EventAnswer {
  readonly status: number;
  /** `applied`: stored for good. `known`: delivered before, or something newer was. `waiting`: stored, its turn has not come. `refused`: in the dead letters. */
  readonly outcome: 'applied' | 'known' | 'waiting' | 'refused';
  readonly problem?: EventProblem;
}

/** RFC 9457, with the attribute or field at fault. */
export interface EventProblem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly attribute?: string;
}

/** PURE. 204 when the event has taken effect, or had before; 202 when it waits for one before it; else the problem. */
export function answerOfOutcome({ fate, first, failure }: EventOutcome): EventAnswer {
  const became = first ?? fate;
  if (became === 'refused' || became === 'malformed') return refusal(failure ?? REFUSED_BEFORE);
  if (became === 'parked') return { status: 202, outcome: 'waiting' };
  return { status: 204, outcome: fate === 'done' ? 'applied' : 'known' };
}

export function answerOfProblem({ attribute, detail }: EnvelopeProblem): EventAnswer {
  return refused(400, detail, attribute);
}

/** The dead letter's reason for an envelope that is wrong. */
export function failureOfEnvelope({ attribute, detail }: EnvelopeProblem): Failure {
  return { kind: 'malformed', code: 'bad-envelope', message: detail, field: `ce_${attribute}` };
}

const REFUSED_BEFORE: Failure = { kind: 'rejected', code: 'status-422', message: 'This event was refused when it was delivered first.' };

function refusal({ code, message, field, kind }: Failure): EventAnswer {
  return refused(statusOf(code, kind), message, field?.replace(/^ce_/, ''));
}

function refused(status: number, detail: string, attribute: string | undefined): EventAnswer {
  const problem: EventProblem = { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail, ...(attribute && { attribute }) };
  return { status, outcome: 'refused', problem };
}

function statusOf(code: string, kind: Failure['kind']): number {
  if (kind === 'unclassified') return 500;
  if (code === 'uniqueness') return 409;
  if (code === 'id-reused') return 422;
  const [, status] = /^status-(\d{3})$/.exec(code) ?? [];
  return status === undefined ? 400 : Number(status);
}
