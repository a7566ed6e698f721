import type { LinkStatus } from '@rolebridge/contracts';
import type { Landscape } from '@rolebridge/landscape';
import { userReport } from '../decide/user-report.ts';
import { CommandFailure, EXIT, type ExitCode } from '../failure.ts';
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

/** `rolebridge status <user>`. Connectors that do not answer are named; what the others know is shown. */
export async function userStatus({ user, landscape, client, options, context }: Question): Promise<ExitCode> {
  const person = await personOf(user, client, options.ingest);
  const results = await Promise.all(servicesOf(landscape).map((service) => askLinks(service, person.id, client)));
  const failures = results.filter((result) => result instanceof CommandFailure);
  if (failures.length === results.length) throw worst(failures);
  const links = results.flatMap((result) => (result instanceof CommandFailure ? [] : result));
  if (links.length === 0 && failures.length === 0 && !('userName' in person)) throw new CommandFailure(EXIT.notFound, `No system knows a user with the id ${user}.`);
  if (options.json) printJson(context.out, { user: person, systems: links });
  else printLines(context.out, userReport(person, links, context.nowMs()));
  printLines(context.err, failures.map(({ message }) => message));
  return failures.length > 0 ? worst(failures).exitCode : EXIT.ok;
}

async function askLinks({ service }: SystemsAt, userId: string, client: OperatorClient): Promise<readonly LinkStatus[] | CommandFailure> {
  try {
    return (await client.userStatus(service, userId))?.systems ?? [];
  } catch (error) {
    if (error instanceof CommandFailure) return error;
    throw error;
  }
}
