import path from 'node:path';
import { ROOT } from '../landscape/composition.ts';
import type { LocalLandscape } from '../landscape/local-landscape.ts';

/** Where to look and what to type next; every line works as printed, from the root of the checkout. */
export function nextSteps({ ports, secrets, folder }: LocalLandscape, brokers: readonly string[]): string {
  const here = path.relative(ROOT, folder);
  const user = '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"vera.weiss","name":{"givenName":"Vera","familyName":"Weiss"},"userType":"employee","emails":[{"value":"vera.weiss@example.org","primary":true}],"urn:sap:cloud:scim:schemas:extension:custom:2.0:User":{"attributes":[{"name":"z_assignedInstitutes","value":"1000,2000"}]}}';
  return `
Where to look
  targets        curl -s http://127.0.0.1:${ports.salesCloud}/_simulator/state
                 curl -s http://127.0.0.1:${ports.fieldglass}/_simulator/state
  operators      npx rolebridge status --landscape ${here}/systems.yaml --token-file ${here}/operator-token
                 npx rolebridge status anna.berg --landscape ${here}/systems.yaml --token-file ${here}/operator-token
  metrics        curl -s http://127.0.0.1:${ports.connectorSalesCloud}/metrics
  logs           ${here}/logs/
  Kafka          ${brokers.join(',')}

What to type next
  a joiner       curl -s -X POST http://127.0.0.1:${ports.ingest}/scim/v2/Users -H 'Authorization: Bearer ${secrets.callerToken}' \\
                   -H 'Content-Type: application/scim+json' -d '${user}'
  find somebody  curl -sG http://127.0.0.1:${ports.ingest}/scim/v2/Users -H 'Authorization: Bearer ${secrets.callerToken}' \\
                   --data-urlencode 'filter=userName eq "vera.weiss"'
  break a target curl -s -X POST http://127.0.0.1:${ports.fieldglass}/_simulator/faults -H 'Content-Type: application/json' -d '{"kind":"down","forMs":20000}'

Ctrl-C stops everything.
`;
}
