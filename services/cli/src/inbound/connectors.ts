import type { Landscape } from '@rolebridge/landscape';
import { CommandFailure, EXIT } from '../failure.ts';
import type { Service } from '../operator/operator-client.ts';

/** A connector process, and which systems of the landscape it serves. */
export interface SystemsAt {
  readonly service: Service;
  readonly systems: readonly string[];
}

/** The connectors of a landscape: one per operator address. */
export function servicesOf(landscape: Landscape): readonly SystemsAt[] {
  const without = landscape.systems.filter(({ operatorUrl }) => operatorUrl === undefined).map(({ name }) => name);
  if (without.length > 0) throw new CommandFailure(EXIT.failure, `${without.join(', ')}: no operatorUrl in the landscape file, so its connector cannot be asked.`);
  const byUrl = Map.groupBy(landscape.systems, ({ operatorUrl = '' }) => operatorUrl);
  return [...byUrl].map(([url, systems]) => ({ service: { name: `The connector of ${systems.map(({ name }) => name).join(', ')}`, url }, systems: systems.map(({ name }) => name) }));
}

/** The connector of one system. @param argument how the command line calls it, and what it could be besides a system */
export function serviceOf({ systems }: Landscape, name: string, { argument = '--system', or = [] }: { readonly argument?: string; readonly or?: readonly string[] } = {}): Service {
  const system = systems.find((one) => one.name === name);
  if (!system) throw new CommandFailure(EXIT.usage, `${argument} must be one of ${[...systems.map((one) => one.name), ...or].join(', ')}.`);
  if (system.operatorUrl === undefined) throw new CommandFailure(EXIT.failure, `${name}: no operatorUrl in the landscape file, so its connector cannot be asked.`);
  return { name: `The connector of ${name}`, url: system.operatorUrl };
}

/** A refused token matters more than a service that is down. */
export function worst(failures: readonly CommandFailure[]): CommandFailure {
  const exitCode = [EXIT.notPermitted, EXIT.unreachable, EXIT.failure].find((code) => failures.some((failure) => failure.exitCode === code)) ?? EXIT.failure;
  return new CommandFailure(exitCode, [...new Set(failures.map(({ message }) => message))].join('\n'));
}
