import { rm } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from '../landscape/composition.ts';
import { processTree } from '../bench/process-cost.ts';
import type { Finding } from './check/evidence.ts';
import { mortal } from './crash/die.ts';
import { type ChaosOptions, readOptions } from './options.ts';
import { runChaos } from './run/run.ts';
import { startServers } from './run/servers.ts';
import { openStage } from './run/stage.ts';

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const folderOf = ({ seed }: ChaosOptions): string => path.join(ROOT, '.local-stack', 'chaos', String(seed));

async function chaos(options: ChaosOptions, signal: AbortSignal): Promise<readonly Finding[]> {
  const { seed, people, minutes, infrastructure } = options;
  const folder = folderOf(options);
  await rm(folder, { recursive: true, force: true });
  say(`Starting broker, database and services; files and logs: ${folder}`);
  const servers = await startServers(path.join(folder, 'data'));
  try {
    const stage = await openStage({ seed, folder, backbone: servers, name: `chaos_${seed}`, signal, preload: mortal(folder) });
    try {
      const { findings, notes } = await runChaos({ seed, people, durationMs: minutes * 60_000, stage, say, signal, ...(infrastructure ? { servers } : {}) });
      notes.forEach((note) => say(`  ${note}`));
      return findings;
    } finally {
      await stage.stop();
    }
  } finally {
    await servers.stop();
  }
}

/** Whatever still runs below us was forgotten by somebody. */
async function leftBehind(): Promise<readonly Finding[]> {
  const own = await processTree();
  return own.filter(({ pid }) => pid !== process.pid).map(({ pid, command }) => ({ checker: 'processes', text: `process ${pid} was left: ${command.slice(0, 120)}` }));
}

function report(findings: readonly Finding[], options: ChaosOptions): void {
  const command = `npm run chaos -- --seed ${options.seed} --minutes ${options.minutes} --people ${options.people}${options.infrastructure ? '' : ' --no-infrastructure'}`;
  if (findings.length === 0) return say(`\nNo promise was broken. Seed ${options.seed}; again: ${command}`);
  for (const [checker, all] of Map.groupBy(findings, (finding) => finding.checker)) {
    say(`\n${checker}: ${all.length}`);
    all.forEach(({ text }) => say(`  ${text}`));
  }
  say(`\n${findings.length} findings. Logs: ${folderOf(options)}/logs. Seed ${options.seed}; again: ${command}`);
}

const options = readOptions(process.argv.slice(2));
const abort = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    if (abort.signal.aborted) process.exit(130);
    say('Stopping.');
    abort.abort(new Error(`Stopped by ${name}.`));
  });
}
say(`Seed ${options.seed}`);
try {
  const findings = [...(await chaos(options, abort.signal)), ...(await leftBehind())];
  report(findings, options);
  process.exitCode = findings.length === 0 ? 0 : 1;
} catch (error) {
  process.stderr.write(`${abort.signal.aborted ? 'Stopped before the end: nothing was judged.' : error instanceof Error ? (error.stack ?? error.message) : String(error)} Seed ${options.seed}\n`);
  process.exitCode = 1;
}
process.exit();
