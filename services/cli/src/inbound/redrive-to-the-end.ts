import { DEAD_LETTER_PATHS, type BulkRedrive, type BulkRedriveResult } from '@rolebridge/contracts';
import { REDRIVE_PORTION_MS } from '../decide/letter-report.ts';
import { isRedriveResult } from '../operator/letter-answers.ts';
import type { OperatorClient, Service } from '../operator/operator-client.ts';
import { printLines, type CommandContext } from './context.ts';

export interface Redriving {
  readonly client: OperatorClient;
  readonly context: CommandContext;
  /** Aborted: the call under way is the last one. */
  readonly stop: AbortSignal;
}

type Send = (order: BulkRedrive) => Promise<BulkRedriveResult>;

interface Course {
  readonly send: Send;
  /** After so many of so many. */
  readonly progress: (done: number, all: number) => void;
  readonly wait: (ms: number) => Promise<void>;
  readonly stop: AbortSignal;
}

/** One call works a limited number; called again until those that were there at the beginning are done, not those that fail again meanwhile. */
export function redriveToTheEnd(service: Service, order: BulkRedrive, { client, context, stop }: Redriving): Promise<BulkRedriveResult> {
  const send: Send = (body) => client.send(service, DEAD_LETTER_PATHS.redrive, { body, isAnswer: isRedriveResult, right: 'operate' });
  const progress = (done: number, all: number): void => printLines(context.err, [`${service.name}: ${done} of ${all} so far`]);
  const { perSecond, dryRun = false } = order;
  if (dryRun) return send(order);
  const course: Course = { send, progress, wait: (ms) => context.pause(ms, stop), stop };
  return perSecond === undefined ? atOnce(order, course) : paced(order, perSecond, course);
}

async function atOnce(order: BulkRedrive, { send, progress, stop }: Course): Promise<BulkRedriveResult> {
  const first = await send(order);
  const all = first.redriven.length + first.remaining;
  let [redriven, last] = [first.redriven, first];
  while (last.remaining > 0 && last.redriven.length > 0 && redriven.length < all && !stop.aborted) {
    progress(redriven.length, all);
    last = await send(order);
    redriven = [...redriven, ...last.redriven];
  }
  return { ...first, redriven, remaining: last.remaining };
}

/** What is open is asked first and then ordered by id, in portions: one that is left alone holds up none of the others. */
async function paced(order: BulkRedrive, perSecond: number, { send, progress, wait, stop }: Course): Promise<BulkRedriveResult> {
  const foresee = (): Promise<BulkRedriveResult> => send({ ...order, dryRun: true });
  const size = Math.max(1, Math.floor((perSecond * REDRIVE_PORTION_MS) / 1000));
  const first = await foresee();
  const all = first.redriven.length + first.remaining;
  let [tried, redriven, skipped, open] = [0, [] as readonly string[], first.skipped, first.redriven];
  while (open.length > 0 && !stop.aborted) {
    const ids = open.slice(0, size);
    const part = await send({ ...order, filter: { ...order.filter, ids } });
    [tried, redriven, skipped, open] = [tried + ids.length, [...redriven, ...part.redriven], together(skipped, part.skipped), open.slice(size)];
    if (tried >= all) break;
    if (open.length === 0) open = (await foresee()).redriven;
    progress(redriven.length, all);
    await wait((ids.length * 1000) / perSecond);
  }
  return { dryRun: false, redriven, skipped, remaining: Math.max(0, all - tried) };
}

function together(one: BulkRedriveResult['skipped'], other: BulkRedriveResult['skipped']): BulkRedriveResult['skipped'] {
  const reasons = Map.groupBy([...one, ...other], ({ why }) => why);
  return [...reasons].map(([why, skipped]) => ({ why, count: skipped.reduce((sum, { count }) => sum + count, 0) }));
}
