import { createServer, type ServerResponse } from 'node:http';

/**
 * A target for benchmarks: takes any POST as Sales Cloud's one-way endpoint does (202, empty), at once unless told otherwise, and notes
 * when it came. The key of a note is the employee of a SOAP message, or the login in a message of the bare floor.
 *
 * - `GET /times?since=N`: the notes from number N on: `[path, key, milliseconds since the epoch]`
 * - `GET /calls`: how many calls were served and refused
 * - `PUT /behaviour`: `{"delayMs": 20, "down": true}`; down = 503
 */
const KEY = /<EmployeeID>([^<]*)<|"userName":"([^"]*)"/;
const notes: (readonly [path: string, key: string, atMs: number])[] = [];
let refused = 0;
let behaviour = { delayMs: 0, down: false };

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
      behaviour = { ...behaviour, ...(JSON.parse(body) as Partial<typeof behaviour>) }; // from stubTarget
      response.end();
    } else if (behaviour.delayMs > 0) setTimeout(() => take(path, body, response), behaviour.delayMs);
    else take(path, body, response);
  });
});

function take(path: string, body: string, response: ServerResponse): void {
  if (behaviour.down) {
    refused += 1;
    response.writeHead(503).end();
    return;
  }
  const [, employee, login] = KEY.exec(body) ?? [];
  notes.push([path, employee ?? login ?? '', Date.now()]);
  response.writeHead(202).end();
}

server.keepAliveTimeout = 60_000;
server.listen(Number(process.env['PORT']), '127.0.0.1');
