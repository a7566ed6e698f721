import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { clientCertificate } from '@rolebridge/access';
import { TestAuthority, type TestCertificate } from '@rolebridge/local-stack';
import { stringify } from 'yaml';
import { FrontDoor } from '../test/front-door.ts';

const authority = new TestAuthority();
const server = authority.signed('server', '/CN=localhost');
const client = authority.signed('client', '/O=SAP/CN=ips');
const stranger = authority.stranger('stranger', '/O=SAP/CN=ips');
const pinned = authority.stranger('pinned', '/CN=anything');

let door: FrontDoor;
beforeAll(async () => {
  door = await FrontDoor.open({ TLS_CERT_FILE: server.certFile, TLS_KEY_FILE: server.keyFile, TLS_CLIENT_CA_FILE: authority.authority.certFile });
  const fingerprint = clientCertificate(pinned.pem, { verified: false, now: new Date() })?.fingerprint;
  const callers = [
    { name: 'named', rights: ['read'], certificates: [{ subject: 'CN=ips,O=SAP' }] },
    { name: 'pinned', rights: ['read'], certificates: [{ fingerprint }] },
  ];
  await writeFile(join(door.folder, 'callers.yaml'), stringify({ callers }));
  await new Promise((resolve) => setTimeout(resolve, 1100)); // the file is looked at once a second
}, 120_000);
afterAll(async () => {
  authority.remove();
  await door.close();
});

function status(identity?: TestCertificate, headers: Readonly<Record<string, string>> = {}): Promise<number | undefined> {
  const own = identity && { cert: identity.pem, key: readFileSync(identity.keyFile) };
  return new Promise((resolve, reject) => {
    const asked = request(`${door.url}/scim/v2/Users?count=0`, { ca: authority.authority.pem, agent: false, headers, ...own }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode));
    });
    asked.on('error', reject);
    asked.end();
  });
}

test('a client certificate of the connection stands for its caller; a subject only of the known authority', async () => {
  expect(await status(client)).toBe(200);
  expect(await status(pinned)).toBe(200);
  expect(await status(stranger)).toBe(401);
  expect(await status()).toBe(401);
  expect(await status(undefined, { 'x-client-cert': encodeURIComponent(client.pem), 'x-client-verify': 'SUCCESS' })).toBe(401);
});
