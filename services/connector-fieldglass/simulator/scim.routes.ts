import { bodyText, type Answer, type Call, type SimulatorContext } from '@rolebridge/simulator-kit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { queryOf, type Access } from './access.ts';
import type { Account, Accounts } from './accounts.ts';
import type { Groups } from './groups.ts';
import type { Environment } from './options.ts';
import { scim, scimError } from './scim-messages.ts';
import type { ScimUsers } from './scim-users.ts';
import { isObject } from './scim-rules.ts';

export interface ScimParts {
  readonly access: Access;
  readonly accounts: Accounts;
  readonly users: ScimUsers;
  readonly groups: Groups;
  readonly environment: Environment;
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

type Work = (content: unknown, generation: string | undefined) => Answer;
type UserWork = (account: Account, content: unknown, generation: string | undefined) => Answer;
type Guarded = (exchange: Exchange, call: Call, work: Work) => Promise<FastifyReply>;
type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** `/Users`, `/Groups` and the capabilities below the SCIM base path. */
export function scimRoutes(app: FastifyInstance, context: SimulatorContext, parts: ScimParts): void {
  const { access, users, accounts, environment } = parts;
  const base = environment.scimBasePath;
  const guarded: Guarded = ({ request, reply }, call, work) => {
    const generation = headerOf(request, 'x-rolebridge-generation');
    return context.perform(request, reply, { ...call, ...(generation === undefined ? {} : { generation }) }, () => admitted(request, access, (content) => work(content, generation)));
  };

  app.post(`${base}/Users`, (request, reply) => guarded({ request, reply }, { operation: 'POST /Users', ...keyed(loginIn(request)) }, (content, generation) => users.create(content, generation)));
  app.get(`${base}/Users`, (request, reply) => guarded({ request, reply }, { operation: 'GET /Users', ...keyed(filteredLogin(request)) }, () => users.search(queryOf(request))));

  const byId = (method: Method, work: UserWork): void => {
    app.route<{ Params: { id: string } }>({
      method,
      url: `${base}/Users/:id`,
      handler: (request, reply) => {
        const { id } = request.params;
        const aim = { operation: `${method} /Users/{id}`, key: accounts.byId(id)?.userName ?? id, aliases: [id] };
        return guarded({ request, reply }, aim, (content, generation) => {
          const account = accounts.byId(id);
          return account ? work(account, content, generation) : scimError(404, `user ${id} not found`);
        });
      },
    });
  };
  byId('GET', (account) => users.read(account));
  byId('PUT', (account, content, generation) => users.replace(account, content, generation));
  byId('PATCH', (account, content, generation) => users.patch(account, content, generation));
  byId('DELETE', (account, _, generation) => users.delete(account, generation));

  app.get(`${base}/ServiceProviderConfig`, (request, reply) => guarded({ request, reply }, { operation: 'GET /ServiceProviderConfig' }, () => scim(200, CAPABILITIES)));
  groupRoutes(app, guarded, parts);
}

function groupRoutes(app: FastifyInstance, guarded: Guarded, { groups, environment }: ScimParts): void {
  const base = `${environment.scimBasePath}/Groups`;
  const idOf = (request: FastifyRequest): string => (request.params as { readonly id: string }).id; // of the route below
  app.get(base, (request, reply) => guarded({ request, reply }, { operation: 'GET /Groups' }, () => groups.search(queryOf(request))));
  app.get(`${base}/:id`, (request, reply) => guarded({ request, reply }, { operation: 'GET /Groups/{id}', key: idOf(request) }, () => groups.read(idOf(request))));
  app.put(`${base}/:id`, (request, reply) => guarded({ request, reply }, { operation: 'PUT /Groups/{id}', key: idOf(request) }, (content) => groups.replace(idOf(request), content, headerOf(request, 'if-match'))));
  app.patch(`${base}/:id`, (request, reply) => guarded({ request, reply }, { operation: 'PATCH /Groups/{id}', key: idOf(request) }, (content) => groups.patch(idOf(request), content, headerOf(request, 'if-match'))));
  // Groups exist in the product and are neither created nor deleted from outside (sheet §5).
  app.post(base, (request, reply) => guarded({ request, reply }, { operation: 'POST /Groups' }, () => scimError(501, 'groups are not created through this interface')));
  app.delete(`${base}/:id`, (request, reply) => guarded({ request, reply }, { operation: 'DELETE /Groups/{id}' }, () => scimError(501, 'groups are not deleted through this interface')));
}

/** Lets a call in when token, media type and JSON are good. */
function admitted(request: FastifyRequest, access: Access, work: (content: unknown) => Answer): Answer {
  const refusal = access.refusal(request) ?? mediaRefusal(request);
  if (refusal) return refusal;
  const content = bodyText(request) === '' ? undefined : json(bodyText(request));
  return content === NOT_JSON ? scimError(400, 'the body is not JSON', 'invalidSyntax') : work(content);
}

function mediaRefusal(request: FastifyRequest): Answer | undefined {
  const type = request.headers['content-type']?.split(';')[0]?.trim();
  const good = bodyText(request) === '' || type === 'application/scim+json' || type === 'application/json';
  return good ? undefined : scimError(415, `media type ${type ?? '(none)'} is not supported`);
}

const NOT_JSON = Symbol('not JSON');

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return NOT_JSON;
    throw error;
  }
}

function loginIn(request: FastifyRequest): string | undefined {
  const content = json(bodyText(request));
  return isObject(content) && typeof content['userName'] === 'string' ? content['userName'] : undefined;
}

function filteredLogin(request: FastifyRequest): string | undefined {
  return /^userName eq "(.*)"$/s.exec(queryOf(request).get('filter') ?? '')?.[1];
}

function keyed(key: string | undefined): { readonly key?: string } {
  return key === undefined ? {} : { key };
}

export function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** As the generic sheet has it; what is not known of Fieldglass is not offered. */
const CAPABILITIES = {
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
  patch: { supported: true },
  bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
  filter: { supported: true, maxResults: 100 },
  changePassword: { supported: false },
  sort: { supported: false },
  etag: { supported: false },
  authenticationSchemes: [{ type: 'oauthbearertoken', name: 'OAuth 2.0', description: 'client credentials' }],
};
