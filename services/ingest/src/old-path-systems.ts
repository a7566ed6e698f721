import type { Landscape } from '@rolebridge/landscape';
import { ConfigurationError } from '@rolebridge/observability';
import type { IngestEnvironment } from './environment.ts';
import type { OldPath } from './inbound/old-path.ts';

/** Which system each old path writes to; a path without one is not served. */
export type OldPathSystems = Readonly<Partial<Record<OldPath, string>>>;

/** As configured; else the only system of the kind that the old flow served. Throws ConfigurationError for a name that the landscape does not know. */
export function oldPathSystems(environment: Pick<IngestEnvironment, 'OLD_PATH_SALES_CLOUD' | 'OLD_PATH_FIELDGLASS'>, { systems }: Landscape): OldPathSystems {
  const problems: string[] = [];
  const chosen = (variable: 'OLD_PATH_SALES_CLOUD' | 'OLD_PATH_FIELDGLASS', kind: string): string | undefined => {
    const name = environment[variable];
    if (name !== undefined && !systems.some((system) => system.name === name)) problems.push(`${variable}: the landscape file has no system of this name; it has ${systems.map((system) => system.name).join(', ')}.`);
    const [only, ...more] = systems.filter((system) => system.kind === kind);
    return name ?? (more.length === 0 ? only?.name : undefined);
  };
  const [salesCloud, fieldglass] = [chosen('OLD_PATH_SALES_CLOUD', 'sales-cloud'), chosen('OLD_PATH_FIELDGLASS', 'fieldglass')];
  if (problems.length > 0) throw new ConfigurationError(problems);
  return { ...(salesCloud && { 'ips/cod/employeeips': salesCloud }), ...(fieldglass && { 'IDM_IPS/Fieldglass_EmployeeReplication': fieldglass }) };
}
