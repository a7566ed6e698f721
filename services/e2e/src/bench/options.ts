import { Command, InvalidArgumentError } from 'commander';

export interface BenchOptions {
  /** Users of each measurement. */
  readonly users: number;
  /** Users before the first measurement. */
  readonly warmUp: number;
  /** One round for each. */
  readonly targets: readonly number[];
  /** Requests in flight at once. */
  readonly connections: number;
  readonly floor: boolean;
  /** File for the figures. */
  readonly json?: string;
  /** Folder for CPU profiles. */
  readonly profile?: string;
}

interface Parsed extends BenchOptions {
  readonly quick: boolean;
}

const QUICK_USERS = 1_000;

export function readOptions(argv: readonly string[]): BenchOptions {
  const command = new Command('npm run bench --')
    .description(
      'Measures Rolebridge end to end on this machine: a real Kafka, a real PostgreSQL with durable commits, the real services, a target that answers at once; and in the same run the bare floor, ' +
        'the same hops and tables without logic. Prints users per second, CPU time per user over all processes, latencies at half the measured rate, and memory. docs/benchmarks.md explains the figures.',
    )
    .option('--users <number>', 'users of each measurement', positive, 5_000)
    .option('--targets <list>', 'numbers of targets, one round for each', numbers, [1, 5])
    .option('--connections <number>', 'requests in flight at once', positive, 64)
    .option('--warm-up <number>', 'users before the first measurement of each subject: compilers need some thousands', positive, 10_000)
    .option('--quick', `only ${QUICK_USERS} users: for a first look, not for comparisons`, false)
    .option('--no-floor', 'leave the bare floor out')
    .option('--json <file>', 'write the figures to this file too')
    .option('--profile <folder>', 'write a CPU profile of each process to this folder; costs some speed')
    .helpOption('--help', 'show this text');
  const { quick, ...options } = command.parse([...argv], { from: 'user' }).opts<Parsed>();
  return quick ? { ...options, users: Math.min(options.users, QUICK_USERS), warmUp: Math.min(options.warmUp, QUICK_USERS) } : options;
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number from 1 up.');
  return value;
}

function numbers(text: string): readonly number[] {
  return text.split(',').map(positive);
}
