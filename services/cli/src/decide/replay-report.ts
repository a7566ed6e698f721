import type { ReapplyStatus, ReplayStatus } from '@rolebridge/contracts';
import { printable } from './table.ts';

/** PURE. How far a replay is. */
export function replayLine({ consumer, records, passed, offsets }: ReplayStatus): string {
  const percent = offsets === 0 ? 100 : Math.floor((passed / offsets) * 100);
  return printable(`${consumer}: ${records} records read, ${percent} %`);
}

/** PURE. The place lies behind the last record: a slip of the pen, or a topic that was emptied. */
export function nothingStood({ state, records, unreadable }: ReplayStatus): boolean {
  return state === 'done' && records + unreadable === 0;
}

/** PURE. What became of a replay, or that it runs. */
export function replayReport(status: ReplayStatus): readonly string[] {
  const { id, consumer, topic, state, records, changed, unreadable, problem } = status;
  const bad = unreadable > 0 ? [`${unreadable} of them cannot be read; they are among the dead letters since they were read first.`] : [];
  const ends: Readonly<Record<ReplayStatus['state'], string>> = {
    running: `Replay ${id} of ${consumer} runs; it goes on in the service.`,
    done: nothingStood(status) ? `Replay ${id} of ${consumer}: no record stands there; ${topic} ends before that place, or is empty.` : `Replay ${id} of ${consumer}: ${records} records were read again; ${changed === 0 ? 'nothing was changed.' : `${changed} were news and are applied now.`}`,
    failed: `Replay ${id} of ${consumer} failed after ${records} records: ${problem ?? 'no reason given'}`,
    stopped: `Replay ${id} of ${consumer} was stopped after ${records} records; ${changed} were news.`,
  };
  return [ends[state], ...bad].map(printable);
}

/** PURE. What became of a reapply, or that it runs. `stopped`: an operator ended it. */
export function reapplyReport({ system, people, done, running }: ReapplyStatus, stopped = false): readonly string[] {
  const accounts = (n: number, are: string): string => (n === 1 ? `1 account ${are === 'are' ? 'is' : 'was'}` : `${n} accounts ${are}`);
  if (stopped) return [printable(`${system}: stopped; ${done} of ${accounts(people, 'were')} made due before, the others are left alone.`)];
  if (running) return [printable(`${system}: ${accounts(people, 'are')} to be looked at again, ${done} so far; it goes on in the connector.`)];
  return [printable(`${system}: ${accounts(done, 'are')} due to be looked at again; rolebridge status tells how it ends.`)];
}
