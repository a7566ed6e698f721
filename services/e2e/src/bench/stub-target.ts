import { createServer } from 'node:http';

/**
 * A target that answers at once, for benchmarks: takes any POST as Sales Cloud's one-way endpoint does (202, empty) and notes when
 * it came. `GET /times?since=N` gives the notes from number N on: `[path, key, milliseconds since the epoch]`. The key is the
 * employee of a SOAP message, or the login in a message of the bare floor.
 */
const KEY = /<EmployeeID>([^<]*)<|"userName":"([^"]*)"/;
const notes: (readonly [path: string, key: string, atMs: number])[] = [];

const server = createServer((request, response) => {
  const [path = '', query = ''] = (request.url ?? '').split('?');
  if (request.method === 'GET') {
    const since = Number(new URLSearchParams(query).get('since') ?? 0);
    response.end(JSON.stringify(notes.slice(since)));
    return;
  }
  let body = '';
  request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
  request.on('end', () => {
    const [, employee, login] = KEY.exec(body) ?? [];
    notes.push([path, employee ?? login ?? '', Date.now()]);
    response.writeHead(202).end();
  });
});
server.keepAliveTimeout = 60_000;
server.listen(Number(process.env['PORT']), '127.0.0.1');
