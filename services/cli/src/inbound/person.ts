import type { Person } from '../decide/user-report.ts';
import { CommandFailure, EXIT } from '../failure.ts';
import type { OperatorClient } from '../operator/operator-client.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Who is meant: an id is taken as it is, a user name is looked up at ingest. */
export async function personOf(user: string, client: OperatorClient, ingestUrl: string): Promise<Person> {
  if (UUID.test(user)) return { id: user.toLowerCase() };
  const identity = await client.identity({ name: 'Ingest', url: ingestUrl }, user);
  if (!identity) throw new CommandFailure(EXIT.notFound, `Nobody has the user name ${user}.`);
  return identity;
}
