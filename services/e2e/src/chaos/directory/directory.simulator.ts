import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, bodyText, type RunningSimulator, type SimulatorContext, startSimulator } from '@rolebridge/simulator-kit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type AccountFields, DirectoryAccounts, type Writer, type Written } from './accounts.ts';
import { Bundle, type BundlePart, type BundleSeen } from './bundle.ts';
import type { FullList } from './groups.ts';

export interface DirectorySimulatorOptions {
  /** 0 = any free port. */
  readonly port: number;
  /** A new account is found by a search after this time; by id at once. Milliseconds. */
  readonly searchLagMs: number;
  readonly seed: number;
}

interface Work {
  readonly operation: string;
  readonly run: (writer: Writer, content: unknown) => Answer;
}

/**
 * The readable target of chaos runs: a directory with unique logins. It is spoken to in two ways: each account by its own call and its groups
 * one by one, or accounts in bundles and groups by the full list of their members. Every call says for whom and by which change it writes;
 * every write is kept, numbered.
 */
export function startDirectory({ port, searchLagMs, seed }: DirectorySimulatorOptions): Promise<RunningSimulator> {
  const accounts = new DirectoryAccounts(Date.now);
  const bundles: BundleSeen[] = [];
  return startSimulator({
    name: 'directory',
    port,
    seed,
    routes: (app, context) => {
      routes(app, context, { accounts, searchLagMs });
      groupRoutes(app, context, accounts);
      bundleRoute(app, context, { accounts, bundles });
    },
    state: () => ({ accounts: accounts.all(), writes: accounts.writes, violations: accounts.violations, groups: accounts.groups.all(), lists: accounts.groups.lists, bundles }),
    reset: () => undefined,
  });
}

interface Parts {
  readonly accounts: DirectoryAccounts;
  readonly searchLagMs: number;
}

interface ById {
  readonly Params: { readonly id: string };
}

function routes(app: FastifyInstance, context: SimulatorContext, { accounts, searchLagMs }: Parts): void {
  const on = (request: FastifyRequest, reply: FastifyReply, { operation, run }: Work): Promise<FastifyReply> => {
    const writer = writerOf(request);
    return context.perform(request, reply, { operation, key: writer.owner, generation: String(writer.generation) }, () => run(writer, contentOf(request)));
  };
  app.get('/accounts', (request, reply) => on(request, reply, { operation: 'search', run: ({ owner }) => found(accounts.find(owner, searchLagMs)) }));
  app.post('/accounts', (request, reply) => on(request, reply, { operation: 'create', run: (writer, content) => written(accounts.create(writer, content as AccountFields)) }));
  app.get<ById>('/accounts/:id', (request, reply) => on(request, reply, { operation: 'read', run: () => found(accounts.byId(request.params.id)) }));
  app.put<ById>('/accounts/:id', (request, reply) => on(request, reply, { operation: 'update', run: (writer, content) => written(accounts.update(request.params.id, writer, content as AccountFields)) }));
  app.patch<ById>('/accounts/:id/groups', (request, reply) =>
    on(request, reply, { operation: 'groups', run: (writer, content) => written(accounts.changeGroups(request.params.id, writer, content as { readonly add: readonly string[]; readonly remove: readonly string[] })) }),
  );
  app.delete<ById>('/accounts/:id', (request, reply) => on(request, reply, { operation: 'delete', run: (writer) => written(accounts.delete(request.params.id, writer)) }));
}

/** What is done for many at once takes longer: whoever does not wait for another writer is seen, and bundles fill. */
const SHARED_WORK_MS = 150;

interface ByName {
  readonly Params: { readonly name: string };
}

/** A full list is nobody's in particular: it is logged under the name of the group. */
function groupRoutes(app: FastifyInstance, context: SimulatorContext, accounts: DirectoryAccounts): void {
  app.get<ByName>('/groups/:name', (request, reply) => {
    const { name } = request.params;
    return context.perform(request, reply, { operation: 'read group', key: name }, () => found(accounts.groups.byName(name)));
  });
  app.put<ByName>('/groups/:name', (request, reply) => {
    const [{ name }, list, arrivedAtMs] = [request.params, contentOf(request) as FullList, Date.now()];
    return context.perform(request, reply, { operation: 'list', key: name, generation: '0' }, async () => {
      await sleep(SHARED_WORK_MS);
      const group = accounts.writeGroup(name, list, arrivedAtMs);
      return group ? { status: 200, body: JSON.stringify(group), writes: 1 } : { status: 400 };
    });
  });
}

/** Each part is judged like a call of its own, so `bundles` has the log of the parts. */
function bundleRoute(app: FastifyInstance, context: SimulatorContext, { accounts, bundles }: { readonly accounts: DirectoryAccounts; readonly bundles: BundleSeen[] }): void {
  app.post('/bundles', async (request, reply) => {
    const { parts } = contentOf(request) as { readonly parts: readonly BundlePart[] };
    const bundle = new Bundle(parts, accounts, { random: () => context.random(), arrivedAtMs: Date.now() });
    const sent = await context.perform(request, reply, { operation: 'bundle', users: parts.length }, async () => {
      await sleep(SHARED_WORK_MS);
      const answers = bundle.carriedOut();
      return answers === 'refused' ? { status: 400 } : { status: 200, body: JSON.stringify({ answers }), writes: bundle.writes };
    });
    bundles.push(bundle.seen(Date.now()));
    return sent;
  });
}

function writerOf({ headers }: FastifyRequest): Writer {
  const text = (name: string): string => String(headers[name] ?? '');
  return { owner: text('x-owner'), number: Number(text('x-number')), generation: Number(text('x-generation')), arrivedAtMs: Date.now() };
}

/** Only our own connector calls here: what it sends needs no checking. */
function contentOf(request: FastifyRequest): unknown {
  const text = bodyText(request);
  return text === '' ? undefined : (JSON.parse(text) as unknown);
}

function found(account: unknown): Answer {
  return account === undefined ? { status: 404 } : { status: 200, body: JSON.stringify(account) };
}

function written(result: Written): Answer {
  return result.ok ? { status: 200, body: JSON.stringify(result.account), writes: 1 } : { status: result.status };
}
