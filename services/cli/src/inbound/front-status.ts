import { BRAKE_PATHS, DEAD_LETTER_PATHS, OVER_ALL } from '@rolebridge/contracts';
import type { FrontStatus } from '../decide/front-report.ts';
import { CommandFailure } from '../failure.ts';
import { isBrakeListing } from '../operator/brake-answers.ts';
import { isLetterPage } from '../operator/letter-answers.ts';
import type { OperatorClient, Service } from '../operator/operator-client.ts';
import type { ServiceOptions } from './service-options.ts';

export interface FrontAnswers {
  readonly services: readonly FrontStatus[];
  readonly failures: readonly CommandFailure[];
}

/** What ingest and role-mapping keep for a person: neither stands in the row of a system. */
export async function askFront({ ingest, roleMapping }: ServiceOptions, client: OperatorClient): Promise<FrontAnswers> {
  const results = await Promise.all([askOne({ name: 'Ingest', url: ingest }, 'ingest', client), askOne({ name: 'Role-mapping', url: roleMapping }, OVER_ALL, client)]);
  return { services: results.flatMap((result) => (result instanceof CommandFailure ? [] : [result])), failures: results.filter((result) => result instanceof CommandFailure) };
}

async function askOne(service: Service, consumer: FrontStatus['service'], client: OperatorClient): Promise<FrontStatus | CommandFailure> {
  try {
    const { total } = await client.read(service, `${DEAD_LETTER_PATHS.list}?limit=1`, isLetterPage);
    if (consumer !== OVER_ALL) return { service: consumer, deadLetters: total, held: 0 };
    const { places } = await client.read(service, `${BRAKE_PATHS.list}?limit=1`, isBrakeListing);
    return { service: consumer, deadLetters: total, held: places.reduce((sum, { held }) => sum + held, 0) };
  } catch (error) {
    if (error instanceof CommandFailure) return error;
    throw error;
  }
}
