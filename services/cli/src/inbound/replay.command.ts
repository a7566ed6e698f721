import { connectorConsumer, OVER_ALL, REPLAY_PATHS, type ReplayOrder, type ReplayStatus } from '@rolebridge/contracts';
import { loadLandscape } from '@rolebridge/landscape';
import type { Command } from 'commander';
import { nothingStood, replayLine, replayReport } from '../decide/replay-report.ts';
import { CommandFailure, EXIT, type ExitCode } from '../failure.ts';
import { OperatorClient, type Service } from '../operator/operator-client.ts';
import { isReplayList, isReplayStatus } from '../operator/replay-answers.ts';
import { operatorToken } from '../operator/token.ts';
import { serviceOf } from './connectors.ts';
import { printJson, printLines, type CommandContext } from './context.ts';
import { timeParser } from './letter-options.ts';
import { addServiceOptions, sentence, type ServiceOptions } from './service-options.ts';

const HELP = `
The consumer, a system of the landscape file (its connector) or ${OVER_ALL}, reads its topic again up to its present end, beside its
running reader. Only what it never saw takes effect, so a healthy consumer says "nothing was changed". Safe at any time. It goes on
in the service when this command ends. Needs the right operate. Who and why are kept.

Examples:
  $ rolebridge replay fieldglass --from-beginning --reason "Drill."
  $ rolebridge replay ${OVER_ALL} --from-time 2026-11-22T06:00:00Z --reason "After the outage of this morning."
  $ rolebridge replay sales-cloud --from-offset 4711 --partition 3 --reason "Asked by the auditors."
  $ rolebridge replay sales-cloud --stop --reason "Started for the wrong system."`;

interface ReplayOptions extends ServiceOptions {
  readonly fromBeginning?: boolean;
  readonly fromOffset?: string;
  readonly fromTime?: string;
  readonly partition?: string;
  readonly stop: boolean;
  readonly wait: boolean;
  readonly json: boolean;
  readonly reason: string;
}

/** Adds `rolebridge replay`. */
export function addReplay(program: Command, context: CommandContext, finish: (code: ExitCode) => void): void {
  const command = program.command('replay').description('have a consumer read its topic again: what it missed is applied, the rest changes nothing').argument('<consumer>', `a system of the landscape file, or ${OVER_ALL}`);
  addServiceOptions(command)
    .option('--from-beginning', 'from the first record that is left')
    .option('--from-offset <n>', 'from this offset of each partition')
    .option('--from-time <time>', 'from the first record of this time on: 2026-11-22T06:00:00Z, or how long ago: 30min, 2h, 3d', timeParser('--from-time', context.nowMs))
    .option('--partition <n>', 'only this partition')
    .option('--stop', 'end the one that runs', false)
    .option('--no-wait', 'do not wait for its end')
    .option('--json', 'print JSON at the end', false)
    .requiredOption('--reason <text>', 'why, in a sentence without personal data', sentence)
    .addHelpText('after', HELP)
    .action(async (consumer: string, options: ReplayOptions) => finish(await replay(consumer, options, context)));
}

async function replay(name: string, options: ReplayOptions, context: CommandContext): Promise<ExitCode> {
  const overAll = name === OVER_ALL;
  const service = overAll ? { name: 'Role-mapping', url: options.roleMapping } : serviceOf(loadLandscape(options.landscape), name, { argument: 'The consumer', or: [OVER_ALL] });
  const status = await ordered(service, overAll ? OVER_ALL : connectorConsumer(name), { options, context });
  if (options.json) printJson(context.out, status);
  else printLines(context.out, replayReport(status));
  if (status.state === 'failed') return EXIT.failure;
  return nothingStood(status) && options.fromBeginning === undefined ? EXIT.notFound : EXIT.ok;
}

async function ordered(service: Service, consumer: string, { options, context }: { readonly options: ReplayOptions; readonly context: CommandContext }): Promise<ReplayStatus> {
  const { reason, stop, wait } = options;
  const place = stop ? undefined : placeOf(options);
  const client = new OperatorClient(operatorToken(options.tokenFile, context.env), options.timeout);
  if (place === undefined) return stopped(client, service, { consumer, reason });
  const status = await started(client, service, { consumer, ...place, reason });
  return wait && status.state === 'running' ? ended(client, service, { status, context }) : status;
}

function started(client: OperatorClient, service: Service, body: ReplayOrder): Promise<ReplayStatus> {
  return client.send(service, REPLAY_PATHS.all, { body, isAnswer: isReplayStatus, right: 'operate' });
}

async function stopped(client: OperatorClient, service: Service, { consumer, reason }: { readonly consumer: string; readonly reason: string }): Promise<ReplayStatus> {
  const { replays } = await client.read(service, REPLAY_PATHS.all, isReplayList);
  const running = replays.find((one) => one.consumer === consumer && one.state === 'running');
  if (!running) throw new CommandFailure(EXIT.failure, `No replay of ${consumer} runs.`);
  return client.send(service, REPLAY_PATHS.stop(running.id), { body: { reason }, isAnswer: isReplayStatus, right: 'operate' });
}

const POLL_MS = 500;

/** Shows how far it is, on standard error, until it has ended. */
async function ended(client: OperatorClient, service: Service, { status, context }: { readonly status: ReplayStatus; readonly context: CommandContext }): Promise<ReplayStatus> {
  let shown = '';
  for (let last = status; ; await new Promise((resolve) => setTimeout(resolve, POLL_MS))) {
    const { replays } = await client.read(service, REPLAY_PATHS.all, isReplayList);
    last = replays.find(({ id }) => id === status.id) ?? last;
    if (last.state !== 'running') return last;
    const line = replayLine(last);
    if (line !== shown) printLines(context.err, [line]);
    shown = line;
  }
}

type Place = Pick<ReplayOrder, 'from' | 'offset' | 'time' | 'partition'>;

function placeOf({ fromBeginning, fromOffset, fromTime, partition }: ReplayOptions): Place {
  const given = [fromBeginning, fromOffset, fromTime].filter((one) => one !== undefined);
  if (given.length !== 1) throw new CommandFailure(EXIT.usage, 'Give one of --from-beginning, --from-offset and --from-time.');
  const only = partition === undefined ? {} : { partition: whole('--partition', partition) };
  if (fromOffset !== undefined) return { from: 'offset', offset: whole('--from-offset', fromOffset), ...only };
  if (fromTime !== undefined) return { from: 'time', time: fromTime, ...only };
  return { from: 'beginning', ...only };
}

function whole(option: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new CommandFailure(EXIT.usage, `${option} must be a whole number.`);
}
