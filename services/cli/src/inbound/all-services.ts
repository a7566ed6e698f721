import { connectorConsumer } from '@rolebridge/contracts';
import type { Landscape } from '@rolebridge/landscape';
import { CommandFailure, EXIT } from '../failure.ts';
import type { Service } from '../operator/operator-client.ts';
import { serviceOf, servicesOf, worst } from './connectors.ts';
import type { ServiceOptions } from './service-options.ts';

/** What a filter says about who has to be asked. */
export interface Whom {
  readonly target?: string;
  readonly consumer?: string;
}

/** The services that may have an answer: all of the landscape, or those that the filter leaves. */
export function servicesFor({ target, consumer }: Whom, landscape: Landscape, options: ServiceOptions): readonly Service[] {
  const ingest = { name: 'Ingest', url: options.ingest };
  const roleMapping = { name: 'Role-mapping', url: options.roleMapping };
  if (consumer === 'ingest') return [ingest];
  if (consumer === 'role-mapping') return [roleMapping];
  if (consumer !== undefined) return [connectorOf(consumer, landscape)];
  if (target !== undefined) return [roleMapping, serviceOf(landscape, target, { argument: '--target' })];
  return [ingest, roleMapping, ...servicesOf(landscape).map(({ service }) => service)];
}

function connectorOf(consumer: string, landscape: Landscape): Service {
  const system = landscape.systems.find(({ name }) => connectorConsumer(name) === consumer);
  if (system) return serviceOf(landscape, system.name);
  throw new CommandFailure(EXIT.usage, `--consumer must be one of ${['ingest', 'role-mapping', ...landscape.systems.map(({ name }) => connectorConsumer(name))].join(', ')}.`);
}

export interface Answers<T, S extends Service = Service> {
  readonly answers: readonly { readonly service: S; readonly answer: T }[];
  readonly failures: readonly CommandFailure[];
}

/** Asks all at the same time. Who does not answer is a failure of its own; when nobody does, it is the failure of the command. */
export async function askAll<T, S extends Service>(services: readonly S[], ask: (service: S) => Promise<T>): Promise<Answers<T, S>> {
  const results = await Promise.all(services.map((service) => askOne(service, ask)));
  const failures = results.flatMap((result) => ('failure' in result ? [result.failure] : []));
  if (failures.length === results.length) throw worst(failures);
  return { answers: results.flatMap((result) => ('failure' in result ? [] : [result])), failures };
}

async function askOne<T, S extends Service>(service: S, ask: (service: S) => Promise<T>): Promise<{ readonly service: S; readonly answer: T } | { readonly failure: CommandFailure }> {
  try {
    return { service, answer: await ask(service) };
  } catch (error) {
    if (error instanceof CommandFailure) return { failure: error };
    throw error;
  }
}
