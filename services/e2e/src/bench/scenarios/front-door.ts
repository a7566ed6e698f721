import { connectDatabase, type Database } from '@rolebridge/persistence';
import { Pool } from 'undici';
import { benchUsers, load } from '../load.ts';
import { positive } from '../option-values.ts';
import { processTree, spentBetween } from '../process-cost.ts';
import { rolebridgeSubject, type RolebridgeSubject } from '../rolebridge.subject.ts';
import type { Scenario } from '../scenario.ts';
import { groundFor, say, type Session, withSubject } from '../session.ts';
import { percentile } from '../statistics.ts';

const SCIM = 'application/scim+json';
const PAGE = 100;
const WARM_UP = 3_000;
const AIM_P95_MS = 50;
const AIM_CREATES = 2_034;
const FILL_CHUNK = 50_000;
const PATCH = (name: string): string => JSON.stringify({ schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: [{ op: 'replace', path: 'name.familyName', value: name }] });

interface FrontDoorOptions {
  /** Users stored while reads and patches are measured. */
  readonly users: number;
  readonly creates: number;
  /** Calls of each kind. */
  readonly operations: number;
  readonly connections: number;
}

export const frontDoorScenario: Scenario = {
  declare: (program, choose) =>
    program
      .command('front-door')
      .description('The front door alone, with its database and the broker: creates, filters, reads, patches and pages a second.')
      .option('--users <number>', 'users stored for all but the creates', positive, 1_000_000)
      .option('--creates <number>', 'creates', positive, 20_000)
      .option('--operations <number>', 'calls of each other kind; a tenth of it for pages', positive, 5_000)
      .option('--connections <number>', 'requests in flight', positive, 20)
      .action((options: FrontDoorOptions) => choose((session) => frontDoor(options, session))),
};

interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly path: string;
  readonly body?: string;
  readonly expect: number;
}

interface Door {
  readonly subject: RolebridgeSubject;
  readonly database: Database;
  readonly options: FrontDoorOptions;
}

/** The front door alone: nothing behind it but its database and the broker. */
async function frontDoor(options: FrontDoorOptions, session: Session): Promise<void> {
  const ground = await groundFor('door', 1, session);
  const database = connectDatabase({ url: ground.databaseUrl, schema: 'ingest', applicationName: 'bench-fill' });
  try {
    await withSubject((own) => rolebridgeSubject(own, { only: ['ingest'] }), ground, (subject) => play({ subject, database, options }));
  } finally {
    await database.close();
  }
}

async function play(door: Door): Promise<void> {
  const { connections, operations, users } = door.options;
  const made = await creates(door);
  say(`  storing ${users} users`);
  await fill(door.database, users);
  const anyone = (): string => made.ids[Math.floor(Math.random() * made.ids.length)] ?? '';
  const anyName = (): string => `stored.${Math.floor(Math.random() * users)}`;
  say(`\nwith ${users} users stored, ${connections} requests in flight`);
  say(`                                    calls/s   CPU ms   p50 ms   p95 ms   (aim of filters and pages: p95 < ${AIM_P95_MS} ms)`);
  await measured(door, 'filter userName eq', operations, () => get(`?filter=${encodeURIComponent(`userName eq "${anyName()}"`)}`));
  await measured(door, 'read by id', operations, () => get(`/${anyone()}`));
  let change = 0;
  await measured(door, 'patch', operations, () => ({ method: 'PATCH', path: `/scim/v2/Users/${anyone()}`, body: PATCH(`Name${change++}`), expect: 200 }));
  await measured(door, `page 1 of ${PAGE}`, operations / 10, () => get(`?count=${PAGE}`));
  await walked(door, Math.ceil(operations / 10));
  const deep = Math.max(1, Math.floor(users / PAGE));
  await measured(door, `page ${deep} by startIndex`, operations / 10, () => get(`?count=${PAGE}&startIndex=${(deep - 1) * PAGE + 1}`));
}

const get = (rest: string): Call => ({ method: 'GET', path: `/scim/v2/Users${rest}`, expect: 200 });

/** New users into an empty table, each answered after its commit. */
async function creates({ subject, options: { creates: count, connections } }: Door): Promise<{ readonly ids: readonly string[] }> {
  await load({ url: subject.url, token: subject.token, connections, perSecond: 0, users: benchUsers(WARM_UP, 'warm') });
  const before = await processTree();
  const done = await load({ url: subject.url, token: subject.token, connections, perSecond: 0, users: benchUsers(count, 'made') });
  const spent = spentBetween(before, await processTree());
  const seconds = (done.endedAt - done.startedAt) / 1000;
  say(`  creates: ${(count / seconds).toFixed(0)}/s, ${(spent / count).toFixed(2)} CPU ms each over all processes, ${connections} requests in flight (aim ≥ ${AIM_CREATES}/s)`);
  return { ids: [...done.ids.values()] };
}

/** Rows as the front door writes them, from one that it has written, without going through it. */
async function fill(database: Database, users: number): Promise<void> {
  const columns = await database.query<{ name: string }>(
    `select column_name as name from information_schema.columns where table_schema = current_schema() and table_name = 'users' and is_generated = 'NEVER' order by ordinal_position`,
  );
  const own: Readonly<Record<string, string>> = {
    id: 'gen_random_uuid()',
    user_name_key: `'stored.' || n`,
    external_id: `'S' || n`,
    employee_number: `'S' || n`,
    resource: `jsonb_set(jsonb_set(resource::jsonb, '{userName}', to_jsonb('stored.' || n)), '{externalId}', to_jsonb('S' || n))`,
  };
  const names = columns.map(({ name }) => `"${name}"`).join(', ');
  const values = columns.map(({ name }) => own[name] ?? `"${name}"`).join(', ');
  for (let from = 0; from < users; from += FILL_CHUNK) {
    await database.query(`insert into users (${names}) select ${values} from (select * from users limit 1) one, generate_series($1::int, $2::int) n`, [from, Math.min(users, from + FILL_CHUNK) - 1]);
  }
  await database.query('vacuum analyze users');
}

async function measured({ subject, options }: Door, title: string, count: number, next: () => Call): Promise<void> {
  const pool = new Pool(subject.url, { connections: options.connections, pipelining: 1 });
  const times: number[] = [];
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) times.push(await timed(pool, next(), subject.token));
  };
  const before = await processTree();
  const since = performance.now();
  try {
    await Promise.all(Array.from({ length: options.connections }, worker));
    const seconds = (performance.now() - since) / 1000;
    const spent = spentBetween(before, await processTree());
    const figures = [times.length / seconds, spent / times.length, percentile(times, 0.5), percentile(times, 0.95)];
    say(`${title.padEnd(34)} ${figures.map((figure, at) => figure.toFixed(at === 0 ? 0 : 2).padStart(8)).join(' ')}`);
  } finally {
    await pool.destroy();
  }
}

/** Page after page by cursor (RFC 9865), as a reader of everything does; each page costs the same, however far it is. */
async function walked({ subject, options }: Door, pages: number): Promise<void> {
  const pool = new Pool(subject.url, { connections: 1 });
  const times: number[] = [];
  try {
    for (let cursor: string | undefined = ''; cursor !== undefined && times.length < pages; ) {
      const since = performance.now();
      const answer = await pool.request({ method: 'GET', path: `/scim/v2/Users?count=${PAGE}&cursor=${encodeURIComponent(cursor)}`, headers: { authorization: `Bearer ${subject.token}` } });
      const page = (await answer.body.json()) as { readonly nextCursor?: string }; // our own front door
      times.push(performance.now() - since);
      cursor = page.nextCursor;
    }
  } finally {
    await pool.destroy();
  }
  const [first = Number.NaN] = times;
  say(`${`${times.length} pages of ${PAGE} by cursor, one by one`.padEnd(34)} first ${first.toFixed(1)} ms, p50 ${percentile(times, 0.5).toFixed(1)} ms, p95 ${percentile(times, 0.95).toFixed(1)} ms, the last ${percentile(times.slice(-20), 0.5).toFixed(1)} ms (${options.users} stored)`);
}

async function timed(pool: Pool, { method, path, body, expect }: Call, token: string): Promise<number> {
  const since = performance.now();
  const answer = await pool.request({ method, path, headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': SCIM }) }, ...(body !== undefined && { body }) });
  const text = await answer.body.text();
  if (answer.statusCode !== expect) throw new Error(`The front door answered ${answer.statusCode} to ${method} ${path}: ${text.slice(0, 200)}`);
  return performance.now() - since;
}
