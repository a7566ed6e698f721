import { type Answer, bodyText, type RunningSimulator, type SimulatorContext, startSimulator } from '@rolebridge/simulator-kit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type AccountFields, DirectoryAccounts, type Writer, type Written } from './accounts.ts';

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
 * The readable target of chaos runs: a directory with unique logins and groups that are given and taken one by one. Every call says
 * for whom and by which change it writes; every write is kept, numbered.
 */
export function startDirectory({ port, searchLagMs, seed }: DirectorySimulatorOptions): Promise<RunningSimulator> {
  const accounts = new DirectoryAccounts(Date.now);
  return startSimulator({
    name: 'directory',
    port,
    seed,
    routes: (app, context) => routes(app, context, { accounts, searchLagMs }),
    state: () => ({ accounts: accounts.all(), writes: accounts.writes, violations: accounts.violations }),
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
