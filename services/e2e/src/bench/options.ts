import { Command } from 'commander';
import type { Run, Scenario } from './scenario.ts';
import { frontDoorScenario } from './scenarios/front-door.ts';
import { initialLoadScenario } from './scenarios/initial-load.ts';
import { isolationScenario } from './scenarios/isolation.ts';
import { leaversScenario } from './scenarios/leavers.ts';
import { recoveryScenario } from './scenarios/recovery.ts';
import { replayScenario } from './scenarios/replay.ts';
import { speedScenario } from './scenarios/speed.ts';
import { workersScenario } from './scenarios/workers.ts';

const SCENARIOS: readonly Scenario[] = [speedScenario, recoveryScenario, isolationScenario, leaversScenario, replayScenario, initialLoadScenario, workersScenario, frontDoorScenario];

/** Reads the command line; `speed` is what runs without a name. Help and mistakes end the process, as commander does. */
export function readCommand(argv: readonly string[]): Run {
  let chosen: Run | undefined;
  const program = new Command('npm run bench --')
    .description('Measures Rolebridge end to end on this machine: a real Kafka, a real PostgreSQL with durable commits, the real services. docs/benchmarks.md explains the figures.')
    .addHelpText('after', '\nOptions of one scenario: npm run bench -- help <scenario>\nExit code 1: a promise was broken, or nothing moved any more. A figure that misses its aim is told, and no failure.');
  for (const scenario of SCENARIOS) {
    scenario.declare(program, (run) => {
      chosen = run;
    });
  }
  program.parse([...argv], { from: 'user' });
  if (!chosen) throw new Error('Nothing to measure.');
  return chosen;
}
