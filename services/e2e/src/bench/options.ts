import { Command, InvalidArgumentError } from 'commander';

export interface SpeedOptions {
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

export interface RecoveryOptions {
  readonly users: number;
  /** Length of the outage. */
  readonly outageSeconds: number;
  /** Changes of each user while the target is away. */
  readonly changes: number;
}

export interface InitialLoadOptions {
  readonly users: number;
}

export interface WorkersOptions {
  readonly users: number;
  readonly workers: number;
  /** How long the target takes for a call, milliseconds. */
  readonly delayMs: number;
}

export interface FrontDoorOptions {
  /** Users stored while reads and patches are measured. */
  readonly users: number;
  readonly creates: number;
  /** Calls of each kind. */
  readonly operations: number;
  readonly connections: number;
}

/** What is to be measured. */
export type BenchCommand =
  | { readonly scenario: 'speed'; readonly options: SpeedOptions }
  | { readonly scenario: 'recovery'; readonly options: RecoveryOptions }
  | { readonly scenario: 'initial-load'; readonly options: InitialLoadOptions }
  | { readonly scenario: 'workers'; readonly options: WorkersOptions }
  | { readonly scenario: 'front-door'; readonly options: FrontDoorOptions };

const QUICK_USERS = 1_000;

/** Reads the command line; `speed` is what runs without a name. Help and mistakes end the process, as commander does. */
export function readCommand(argv: readonly string[]): BenchCommand {
  let chosen: BenchCommand | undefined;
  const choose = (command: BenchCommand): void => {
    chosen = command;
  };
  const program = new Command('npm run bench --').description('Measures Rolebridge end to end on this machine: a real Kafka, a real PostgreSQL with durable commits, the real services. docs/benchmarks.md explains the figures.');
  addSpeed(program, (options) => choose({ scenario: 'speed', options }));
  program
    .command('recovery')
    .description('The only target is away for a while, changes go on: how long until everything is made true after its return, and with how many calls a user.')
    .option('--users <number>', 'users', positive, 2_000)
    .option('--outage-seconds <number>', 'length of the outage', positive, 60)
    .option('--changes <number>', 'changes of each user meanwhile', positive, 3)
    .action((options: RecoveryOptions) => choose({ scenario: 'recovery', options }));
  program
    .command('initial-load')
    .description('A whole company at once: users per second and memory, for each tenth of them.')
    .option('--users <number>', 'users', positive, 100_000)
    .action((options: InitialLoadOptions) => choose({ scenario: 'initial-load', options }));
  program
    .command('workers')
    .description('A slow target: users per second with several calls in flight, against a single one.')
    .option('--users <number>', 'users for each of both', positive, 500)
    .option('--workers <number>', 'calls in flight', positive, 8)
    .option('--delay-ms <number>', 'how long the target takes for a call', positive, 20)
    .action((options: WorkersOptions) => choose({ scenario: 'workers', options }));
  program
    .command('front-door')
    .description('The front door alone, with its database and the broker: creates, filters, reads, patches and pages a second.')
    .option('--users <number>', 'users stored for all but the creates', positive, 1_000_000)
    .option('--creates <number>', 'creates', positive, 20_000)
    .option('--operations <number>', 'calls of each other kind; a tenth of it for pages', positive, 5_000)
    .option('--connections <number>', 'requests in flight', positive, 20)
    .action((options: FrontDoorOptions) => choose({ scenario: 'front-door', options }));
  program.parse([...argv], { from: 'user' });
  if (!chosen) throw new Error('Nothing to measure.');
  return chosen;
}

interface Parsed extends SpeedOptions {
  readonly quick: boolean;
}

function addSpeed(program: Command, choose: (options: SpeedOptions) => void): void {
  program
    .command('speed', { isDefault: true })
    .description(
      'A target that answers at once, and in the same run the bare floor: the same hops and tables without logic. ' +
        'Prints users per second, CPU time per user over all processes, latencies at half the measured rate, and memory.',
    )
    .option('--users <number>', 'users of each measurement', positive, 5_000)
    .option('--targets <list>', 'numbers of targets, one round for each', numbers, [1, 5])
    .option('--connections <number>', 'requests in flight at once', positive, 64)
    .option('--warm-up <number>', 'users before the first measurement of each subject: compilers need some thousands', positive, 10_000)
    .option('--quick', `only ${QUICK_USERS} users: for a first look, not for comparisons`, false)
    .option('--no-floor', 'leave the bare floor out')
    .option('--json <file>', 'write the figures to this file too')
    .option('--profile <folder>', 'write a CPU profile of each process to this folder; costs some speed')
    .action(({ quick, ...options }: Parsed) => choose(quick ? { ...options, users: Math.min(options.users, QUICK_USERS), warmUp: Math.min(options.warmUp, QUICK_USERS) } : options));
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number from 1 up.');
  return value;
}

function numbers(text: string): readonly number[] {
  return text.split(',').map(positive);
}
