import { OUTBOX_PATHS, OVER_ALL } from '@rolebridge/contracts';
import type { Landscape } from '@rolebridge/landscape';
import type { OutboxOf } from '../decide/outbox-report.ts';
import type { OperatorClient, Service } from '../operator/operator-client.ts';
import { isOutboxListing } from '../operator/outbox-answers.ts';
import { servicesOf, type SystemsAt } from './connectors.ts';
import type { ServiceOptions } from './service-options.ts';

export const INGEST = 'ingest';

/** A service with an outbox, and how orders call it. */
export interface OutboxOwner extends Service {
  readonly called: string;
}

export function frontOwners({ ingest, roleMapping }: ServiceOptions): readonly OutboxOwner[] {
  return [{ called: INGEST, name: 'Ingest', url: ingest }, { called: OVER_ALL, name: 'Role-mapping', url: roleMapping }];
}

/** A connector is called by its first system. */
export function connectorOwner({ service, systems }: SystemsAt): OutboxOwner {
  return { ...service, called: systems[0] ?? service.name };
}

export function outboxOwners(landscape: Landscape, options: ServiceOptions): readonly OutboxOwner[] {
  return [...frontOwners(options), ...servicesOf(landscape).map(connectorOwner)];
}

export async function readOutbox(owner: OutboxOwner, client: OperatorClient): Promise<OutboxOf> {
  return { service: owner.called, ...(await client.read(owner, OUTBOX_PATHS.list, isOutboxListing)) };
}
