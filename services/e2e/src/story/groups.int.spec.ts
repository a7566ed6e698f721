import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { testStack, uniquePrefix, uniqueSchema } from '@rolebridge/local-stack';
import { type Composition, ROOT, stopAll } from '../landscape/composition.ts';
import { emptyDatabase } from '../landscape/empty-database.ts';
import { freePorts } from '../landscape/free-ports.ts';
import { launch } from '../landscape/launch.ts';
import { type LocalLandscape, localLandscape } from '../landscape/local-landscape.ts';
import { scimSource } from './source.ts';
import { simulatedTargets } from './targets.ts';

let folder: string;
let landscape: LocalLandscape;
let composition: Composition = new Map();

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rolebridge-groups-'));
  const [ingest = 0, roleMapping = 0, connectorSalesCloud = 0, connectorFieldglass = 0, salesCloud = 0, fieldglass = 0] = await freePorts(6);
  landscape = await localLandscape({ folder, rulesFolder: path.join(ROOT, 'deploy', 'rules'), ports: { ingest, roleMapping, connectorSalesCloud, connectorFieldglass, salesCloud, fieldglass } });
  const { brokers, databaseUrl } = await testStack();
  const backbone = { brokers, databaseUrl: await emptyDatabase({ databaseUrl }, uniqueSchema()) };
  composition = await launch({ landscape, backbone, topicPrefix: uniquePrefix(), onRestart: () => undefined }, new AbortController().signal);
}, 180_000);
afterAll(async () => {
  await stopAll(composition);
  await rm(folder, { recursive: true, force: true });
});

const address = (port: number) => `http://127.0.0.1:${port}`;

async function scim(method: string, place: string, body?: object): Promise<{ readonly id: string }> {
  const answer = await fetch(`${address(landscape.ports.ingest)}/scim/v2${place}`, {
    method,
    headers: { authorization: `Bearer ${landscape.secrets.callerToken}`, 'content-type': 'application/scim+json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${place}: ${answer.status} ${await answer.text()}`);
  return answer.status === 204 ? { id: '' } : ((await answer.json()) as { id: string });
}

const patch = (id: string, ...Operations: readonly object[]) => scim('PATCH', `/Groups/${id}`, { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations });

/** Waits until the person's roles at the simulated Sales Cloud are these. */
async function roles(login: string, expected: readonly string[]): Promise<void> {
  const targets = simulatedTargets({ salesCloud: address(landscape.ports.salesCloud), fieldglass: address(landscape.ports.fieldglass) });
  let held: readonly string[] | undefined;
  for (const end = Date.now() + 60_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 250))) {
    held = [...(await targets.salesCloud()).values()].find((account) => account.login === login)?.roles;
    if (JSON.stringify(held) === JSON.stringify(expected)) return;
  }
  throw new Error(`${login} has ${JSON.stringify(held)} at Sales Cloud, not ${JSON.stringify(expected)}`);
}

test('adding a member to a group grants the mapped role at the target; removing, renaming and deleting take it away', async () => {
  const source = scimSource(address(landscape.ports.ingest), landscape.secrets.callerToken);
  const person = (userName: string, employeeNumber: string) => ({ userName, employeeNumber, givenName: 'Ada', familyName: 'Ek', userType: 'employee' as const, title: 'Rep', units: ['1000'] });
  const ada = await source.join(person('ada.ek', '700001'));
  await roles('ada.ek', ['SALES_REP']);
  const { id } = await scim('POST', '/Groups', { displayName: 'Key Account Team' });
  await patch(id, { op: 'add', path: 'members', value: [{ value: ada }] });
  await roles('ada.ek', ['KEY_ACCOUNT', 'SALES_REP']);
  await patch(id, { op: 'replace', path: 'displayName', value: 'Another Team' });
  await roles('ada.ek', ['SALES_REP']);
  await patch(id, { op: 'replace', path: 'displayName', value: 'Key Account Team' });
  await roles('ada.ek', ['KEY_ACCOUNT', 'SALES_REP']);
  await patch(id, { op: 'remove', path: `members[value eq "${ada}"]` });
  await roles('ada.ek', ['SALES_REP']);
  const outer = await scim('POST', '/Groups', { displayName: 'Everybody', members: [{ value: ada }] });
  await patch(id, { op: 'add', path: 'members', value: [{ value: outer.id }] });
  await roles('ada.ek', ['KEY_ACCOUNT', 'SALES_REP']);
  await scim('DELETE', `/Groups/${id}`);
  await roles('ada.ek', ['SALES_REP']);
}, 240_000);
