import type { ReapplyStatus, ReplayStatus } from '@rolebridge/contracts';
import { printable } from './table.ts';

/** PURE. How far a replay is. */
export function replayLine({ consumer, records, passed, offsets }: ReplayStatus): string {
  const percent = offsets === 0 ? 100 : Math.floor((passed / offsets) * 100);
  return printable(`${consumer}: ${records} records read, ${percent} %`);
}

/** PURE. What became of a replay, or that it runs. */
export function replayReport(status: ReplayStatus): readonly string[] {
  const { id, consumer, state, records, changed, unreadable, problem } = status;
  const bad = unreadable > 0 ? [`${unreadable} of them cannot be read; they are among the dead letters since they were read first.`] : [];
  const ends: Readonly<Record<ReplayStatus['state'], string>> = {
    running: `Replay ${id} of ${consumer} runs; it goes on in the service.`,
    done: `Replay ${id} of ${consumer}: ${records} records were read again; ${changed === 0 ? 'nothing was changed.' : `${changed} were news and are applied now.`}`,
    failed: `Replay ${id} of ${consumer} failed after ${records} records: ${problem ?? 'no reason given'}`,
    stopped: `Replay ${id} of ${consumer} was stopped after ${records} records; ${changed} were news.`,
  };
  return [ends[state], ...bad].map(printable);
}

/** PURE. What became of a reapply, or that it runs. */
export function reapplyReport({ system, people, done, running }: ReapplyStatus): readonly string[] {
  const rest = running ? `; ${done} are due so far, the rest follows. It goes on in the connector.` : ' are due to be looked at again; rolebridge status tells how they end.';
  return [printable(`${system}: ${running ? people : done} account${(running ? people : done) === 1 ? '' : 's'}${rest}`)];
}
