import { OVER_ALL } from '@rolebridge/contracts';

/** What waits for a person before the systems. */
export interface FrontStatus {
  readonly service: 'ingest' | typeof OVER_ALL;
  /** Open ones. */
  readonly deadLetters: number;
  /** People held by the brake over all systems. */
  readonly held: number;
}

/** PURE. Lines for `rolebridge status`: nothing where nothing waits. */
export function frontNotes({ service, deadLetters, held }: FrontStatus): readonly string[] {
  return [
    ...(held > 0 ? [`${service}: ${held} held back by the brake over all systems: rolebridge brake list --system ${OVER_ALL}`] : []),
    ...(deadLetters > 0 ? [`${service}: ${deadLetters} dead: rolebridge dead-letters list --consumer ${service}`] : []),
  ];
}
