import { type OutgoingRecord, toHeaders, topicName, TOPICS } from '@rolebridge/contracts';
import type { System } from '@rolebridge/landscape';
import { appendOutbox, buryLetters, type Database, type Letter } from '@rolebridge/persistence';
import type { Connector } from '../port.ts';
import { DROPPED } from '../store/brake.ts';
import { complete, type Completion } from '../store/completion.ts';
import { type HeldLink, noteHeld } from '../store/held.ts';
import { letterOfLink } from '../store/letters.ts';
import type { Ending } from './attempt.ts';
import type { ConnectorMetrics } from './connector-metrics.ts';
import { outcomeOf } from './judge.ts';

/** An attempt that ended, and what was decided about it. */
export interface Settled {
  readonly completion: Completion;
  readonly ending: Ending;
  readonly deadLetter: boolean;
}

export interface EndingOptions {
  readonly database: Database;
  readonly system: Pick<System, 'name' | 'settleMs'>;
  readonly connector: Pick<Connector<object, unknown>, 'confirmable'>;
  readonly topicPrefix: string;
  readonly serviceVersion: string;
  /** How late a paused process or a timed-out call may still write (L24). */
  readonly lateWriteMs: number;
}

/** One transaction for all attempts that ended at about the same time: links, outcomes, dead letters. */
export async function storeEndings(all: readonly Settled[], options: EndingOptions, measure: ConnectorMetrics): Promise<readonly undefined[]> {
  const { database, system, connector, topicPrefix } = options;
  const result = await database.transaction(async (sql) => {
    const stored = await complete(sql, system.name, all.map(({ completion }) => completion), { verifyMs: options.lateWriteMs, settleMs: system.settleMs });
    const held = all.filter(({ completion }) => !stored.stale.has(completion.link.userId));
    const at = new Date().toISOString();
    const outcomes = held.map(({ completion, ending }) => {
      const superseded = stored.superseded.has(completion.link.userId);
      return outcomeRecord(outcomeOf(completion, ending, { confirmable: connector.confirmable, superseded, at }), topicPrefix);
    });
    const letters = held
      .filter(({ deadLetter: dead, completion }) => dead && !stored.superseded.has(completion.link.userId))
      .map((settled) => letterOf(settled, options));
    await noteHeld(sql, system.name, held.flatMap(heldLinkOf));
    await appendOutbox(sql, outcomes);
    await buryLetters(sql, letters);
    return stored;
  });
  for (const settled of all) {
    const { completion } = settled;
    const stale = result.stale.has(completion.link.userId);
    measure.ended(stale ? 'stale' : completion.state);
    if (!stale && tookAccess(settled)) measure.deprovisioned(completion.link.desired.cause.at);
  }
  return all.map(() => undefined);
}

/** Somebody left or was locked, and this attempt has done it. */
function tookAccess({ completion: { link, applied }, ending }: Settled): boolean {
  return applied !== undefined && ending.kind === 'done' && ending.steps.length > 0 && link.desired.urgency === 'leaving';
}

function heldLinkOf({ completion: { link }, ending }: Settled): readonly HeldLink[] {
  return ending.kind === 'held' ? [{ userId: link.userId, generation: link.generation, losses: ending.losses, dropped: ending.failure.code === DROPPED.code }] : [];
}

function outcomeRecord(outcome: ReturnType<typeof outcomeOf>, prefix: string): OutgoingRecord {
  return {
    topic: topicName('outcome', {}, prefix),
    key: outcome.userId,
    value: JSON.stringify(outcome),
    headers: toHeaders({
      source: `/rolebridge/connector/${outcome.system}`,
      type: TOPICS.outcome.eventType,
      subject: outcome.userId,
      time: outcome.at,
      correlationid: outcome.correlationId,
    }),
  };
}

function letterOf({ completion, ending }: Settled, { topicPrefix, serviceVersion }: EndingOptions): Letter {
  const tried = ending.kind === 'failed' ? ending : undefined;
  return letterOfLink(completion.link, { topicPrefix, serviceVersion, failure: completion.failure, planned: tried?.planned ?? [], call: tried?.call });
}
