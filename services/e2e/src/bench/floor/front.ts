import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { TOPICS } from '@rolebridge/contracts';
import { appendOutbox, coalesce } from '@rolebridge/persistence';
import { floorEnvironment } from './environment.ts';
import { type FloorUser, headersOf, startStage, topicOf } from './stage.ts';

/** First process of the bare floor: takes a user, commits it with its outbox row, answers. */
const environment = floorEnvironment();
const { database } = startStage('front', environment);
const topic = topicOf.user(environment.topicPrefix);

const SAVE = `
  insert into users (id, generation, user_name, resource)
  select * from unnest($1::uuid[], $2::bigint[], $3::text[], $4::jsonb[])`;

const commit = coalesce<FloorUser, void>(async (users) => {
  await database.transaction(async (sql) => {
    await sql.query(SAVE, [
      users.map(({ id }) => id),
      users.map(({ generation }) => generation),
      users.map(({ resource }) => resource.userName),
      users.map(({ resource }) => JSON.stringify(resource)),
    ]);
    await appendOutbox(sql, users.map((user) => ({ topic, key: user.id, value: JSON.stringify(user), headers: headersOf(user.id, TOPICS.user.eventType) })));
  });
  return users.map(() => undefined);
});

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += String(chunk);
  return body;
}

async function accept(request: IncomingMessage): Promise<string> {
  const resource = JSON.parse(await bodyOf(request)) as FloorUser['resource']; // sent by the load generator
  const user: FloorUser = { id: randomUUID(), generation: 1, resource };
  await commit(user);
  return JSON.stringify(user);
}

const server = createServer((request, response) => {
  if (request.method === 'GET') {
    response.end();
    return;
  }
  accept(request).then(
    (answer) => response.writeHead(201, { 'content-type': 'application/json' }).end(answer),
    (error: unknown) => response.writeHead(500).end(String(error)),
  );
});
server.keepAliveTimeout = 60_000;
server.listen(environment.port, '127.0.0.1');
