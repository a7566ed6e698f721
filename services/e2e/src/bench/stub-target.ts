import { createServer, type ServerResponse } from 'node:http';
import type { StubBehaviour } from './steps/stub.ts';

/**
 * A target for benchmarks: takes any POST as Sales Cloud's one-way endpoint does (202, empty), at once unless told otherwise, and notes
 * when it came. The key of a note is the employee of a SOAP message, or the login in a message of the bare floor.
 *
 * - `GET /times?since=N`: the notes from number N on: `[path, key, milliseconds since the epoch, family name, account inactive]`
 * - `GET /calls`: how many calls were served and refused
 * - `PUT /behaviour`: see {@link StubBehaviour}
 */
const KEY = /<EmployeeID>([^<]*)<|"userName":"([^"]*)"/;
const FAMILY_NAME = /<FamilyName>([^<]*)</;
const INACTIVE = '<UserAccountsInactiveIndicator>true<';
const notes: (readonly [path: string, key: string, atMs: number, familyName: string, inactive: boolean])[] = [];
let refused = 0;
let behaviour: Required<StubBehaviour> = { delayMs: 0, down: false, refused: [], silent: [] };

const server = createServer((request, response) => {
  const [path = '', query = ''] = (request.url ?? '').split('?');
  if (request.method === 'GET') {
    response.end(JSON.stringify(path === '/calls' ? { served: notes.length, refused } : notes.slice(Number(new URLSearchParams(query).get('since') ?? 0))));
    return;
  }
  let body = '';
  request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
  request.on('end', () => {
    if (request.method === 'PUT') {
      behaviour = { ...behaviour, ...(JSON.parse(body) as StubBehaviour) }; // from stubTarget
      response.end();
    } else if (behaviour.silent.includes(path)) return;
    else if (behaviour.delayMs > 0) setTimeout(() => take(path, body, response), behaviour.delayMs);
    else take(path, body, response);
  });
});

function take(path: string, body: string, response: ServerResponse): void {
  const [, employee, login = ''] = KEY.exec(body) ?? [];
  const key = employee ?? login;
  const status = statusFor(path, key);
  if (status === 202) notes.push([path, key, Date.now(), FAMILY_NAME.exec(body)?.[1] ?? '', body.includes(INACTIVE)]);
  else refused += 1;
  response.writeHead(status).end();
}

function statusFor(path: string, key: string): number {
  if (behaviour.down) return 503;
  return behaviour.refused.some((one) => one.path === path && one.key === key) ? 400 : 202;
}

server.keepAliveTimeout = 60_000;
server.listen(Number(process.env['PORT']), '127.0.0.1');
