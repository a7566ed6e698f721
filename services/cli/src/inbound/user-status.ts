import { BRAKE_PATHS, MAX_HELD_PER_LIST, type BrakeListing, type HeldChange } from '@rolebridge/contracts';
import type { Landscape } from '@rolebridge/landscape';
import { userReport, type UserAnswers } from '../decide/user-report.ts';
import { CommandFailure, EXIT, type ExitCode } from '../failure.ts';
import { isBrakeListing } from '../operator/brake-answers.ts';
import type { OperatorClient } from '../operator/operator-client.ts';
import { printJson, printLines, type CommandContext } from './context.ts';
import { servicesOf, worst, type SystemsAt } from './connectors.ts';
import { personOf } from './person.ts';
import type { ServiceOptions } from './service-options.ts';

/** Options of `rolebridge status`. */
export interface StatusOptions extends ServiceOptions {
  readonly json: boolean;
}

interface Question {
  readonly user: string;
  readonly landscape: Landscape;
  readonly client: OperatorClient;
  readonly options: StatusOptions;
  readonly context: CommandContext;
}

/** `rolebridge status <user>`. Services that do not answer are named; what the others know is shown. */
export async function userStatus({ user, landscape, client, options, context }: Question): Promise<ExitCode> {
  const person = await personOf(user, client, options.ingest);
  const [held, results] = await Promise.all([askHeld(person.id, client, options), Promise.all(servicesOf(landscape).map((service) => askConnector(service, person.id, client)))]);
  const known = results.flatMap((result) => (result instanceof CommandFailure ? [] : [result]));
  const failures = [held, ...results].filter((result) => result instanceof CommandFailure);
  if (known.length === 0 && !('userName' in person)) throw worst(failures);
  const answers: UserAnswers = { incomplete: known.length < results.length, links: known.flatMap(({ links }) => links), systems: known.flatMap(({ systems }) => systems), held: held instanceof CommandFailure ? [] : held };
  if (answers.links.length + answers.held.length + failures.length === 0 && !('userName' in person)) throw new CommandFailure(EXIT.notFound, `No system knows a user with the id ${user}.`);
  if (options.json) printJson(context.out, { user: person, systems: answers.links, heldOverAll: answers.held });
  else printLines(context.out, userReport(person, answers, context.nowMs()));
  printLines(context.err, failures.map(({ message }) => message));
  return failures.length > 0 ? worst(failures).exitCode : EXIT.ok;
}

/** Only where something is held at all is everything held asked for. */
async function askHeld(userId: string, client: OperatorClient, { roleMapping }: ServiceOptions): Promise<readonly HeldChange[] | CommandFailure> {
  const ask = (limit: number): Promise<BrakeListing> => client.read({ name: 'Role-mapping', url: roleMapping }, `${BRAKE_PATHS.list}?dropped=true&limit=${limit}`, isBrakeListing);
  try {
    const { changes } = await ask(1);
    return changes.length === 0 ? [] : (await ask(MAX_HELD_PER_LIST)).changes.filter((change) => change.userId === userId);
  } catch (error) {
    if (error instanceof CommandFailure) return error;
    throw error;
  }
}

async function askConnector({ service }: SystemsAt, userId: string, client: OperatorClient): Promise<Pick<UserAnswers, 'links' | 'systems'> | CommandFailure> {
  try {
    const links = (await client.userStatus(service, userId))?.systems ?? [];
    return { links, systems: links.some(({ state }) => state === 'pending') ? (await client.status(service)).systems : [] };
  } catch (error) {
    if (error instanceof CommandFailure) return error;
    throw error;
  }
}
