import { BRAKE_PATHS, DEAD_LETTER_PATHS, OVER_ALL } from '@rolebridge/contracts';
import type { FrontStatus } from '../decide/front-report.ts';
import type { OutboxOf } from '../decide/outbox-report.ts';
import { CommandFailure } from '../failure.ts';
import { isBrakeListing } from '../operator/brake-answers.ts';
import { isLetterPage } from '../operator/letter-answers.ts';
import type { OperatorClient } from '../operator/operator-client.ts';
import { frontOwners, INGEST, type OutboxOwner, readOutbox } from './outboxes.ts';
import type { ServiceOptions } from './service-options.ts';

export interface FrontAnswers {
  readonly services: readonly FrontStatus[];
  readonly outboxes: readonly OutboxOf[];
  readonly failures: readonly CommandFailure[];
}

/** What ingest and role-mapping keep for a person: neither stands in the row of a system. */
export async function askFront(options: ServiceOptions, client: OperatorClient): Promise<FrontAnswers> {
  const results = await Promise.all(frontOwners(options).map((service) => askOne(service, client)));
  const answers = results.flatMap((result) => (result instanceof CommandFailure ? [] : [result]));
  return { services: answers.map(({ status }) => status), outboxes: answers.map(({ outbox }) => outbox), failures: results.filter((result) => result instanceof CommandFailure) };
}

async function askOne(service: OutboxOwner, client: OperatorClient): Promise<{ readonly status: FrontStatus; readonly outbox: OutboxOf } | CommandFailure> {
  try {
    const { total: deadLetters } = await client.read(service, `${DEAD_LETTER_PATHS.list}?limit=1`, isLetterPage);
    const outbox = await readOutbox(service, client);
    if (service.called !== OVER_ALL) return { status: { service: INGEST, deadLetters, held: 0 }, outbox };
    const { places } = await client.read(service, `${BRAKE_PATHS.list}?limit=1`, isBrakeListing);
    return { status: { service: OVER_ALL, deadLetters, held: places.reduce((sum, { held }) => sum + held, 0) }, outbox };
  } catch (error) {
    if (error instanceof CommandFailure) return error;
    throw error;
  }
}
