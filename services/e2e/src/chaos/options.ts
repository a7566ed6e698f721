import { randomInt } from 'node:crypto';
import { Command, InvalidArgumentError } from 'commander';

export interface ChaosOptions {
  readonly seed: number;
  /** How long stories are told and things are broken. */
  readonly minutes: number;
  readonly people: number;
  /** Whether broker and database are killed too. */
  readonly infrastructure: boolean;
}

const HIGHEST_SEED = 2 ** 31 - 1;

export function readOptions(argv: readonly string[]): ChaosOptions {
  const command = new Command('npm run chaos --')
    .description(
      'Breaks Rolebridge on purpose: life stories drawn from a seed are told to the real services while services, broker and database are killed, processes sleep beyond their lease, ' +
        'targets lose answers and records come twice. Then looks at every target, topic and table. Ends with exit code 0 only if no promise was broken; the same seed tells the same story again.',
    )
    .option('--seed <number>', 'what the run is drawn from; default: a new one, printed', seed)
    .option('--minutes <number>', 'how long stories are told and things are broken; waiting until all is quiet comes on top', minutes, 1)
    .option('--people <number>', 'how many people; default 20 and 10 more for each minute', people)
    .option('--no-infrastructure', 'leave broker and database alone')
    .helpOption('--help', 'show this text');
  const read = command.parse([...argv], { from: 'user' }).opts<Partial<ChaosOptions> & Pick<ChaosOptions, 'minutes' | 'infrastructure'>>();
  return { ...read, seed: read.seed ?? randomInt(1, HIGHEST_SEED), people: read.people ?? Math.round(20 + 10 * read.minutes) };
}

function seed(text: string): number {
  return whole(text, 0, HIGHEST_SEED);
}

function people(text: string): number {
  return whole(text, 1, 10_000);
}

function minutes(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0.1 && value <= 600)) throw new InvalidArgumentError('It must be a number from 0.1 to 600.');
  return value;
}

function whole(text: string, low: number, high: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < low || value > high) throw new InvalidArgumentError(`It must be a whole number from ${low} to ${high}.`);
  return value;
}
