import { All, Controller, Inject, Req, Res } from '@nestjs/common';
import type { Database } from '@rolebridge/persistence';
import { isObject, readStatedUser, ScimError, URN } from '@rolebridge/scim';
import type { User } from '@rolebridge/scim';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AccountChange } from '../decide/change.ts';
import type { OldPathSystems } from '../old-path-systems.ts';
import type { IngestSettings } from '../settings.ts';
import { findByOldId, reportLeaver } from '../store/old-ids.store.ts';
import { findUserByName } from '../store/users.store.ts';
import type { BoundedWriter } from './bounded-writer.ts';
import { circumstancesOf } from './command-of.ts';
import { bodyOf } from './json-body.ts';
import { oldPathOf, type OldAddress } from './old-path.ts';
import { OLD_PATHS, READING, SETTINGS, WRITER } from './tokens.ts';

interface OldRequest {
  readonly request: FastifyRequest;
  readonly system: string;
  /** Empty for none. */
  readonly id: string;
}

/**
 * The addresses of the two integration flows that Rolebridge replaces, whatever stands before them: each writes accounts of one system. POST and PUT
 * make or change, DELETE ends that account; the person's other accounts stay (L10).
 */
@Controller()
export class OldPathsController {
  readonly #settings: IngestSettings;
  readonly #reading: Database;
  readonly #writer: BoundedWriter;
  readonly #oldPaths: OldPathSystems;

  constructor(@Inject(SETTINGS) settings: IngestSettings, @Inject(READING) reading: Database, @Inject(WRITER) writer: BoundedWriter, @Inject(OLD_PATHS) oldPaths: OldPathSystems) {
    this.#settings = settings;
    this.#reading = reading;
    this.#writer = writer;
    this.#oldPaths = oldPaths;
  }

  @All('*')
  async take(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { id, path } = oldAddress(request);
    const system = this.#oldPaths[path];
    if (system === undefined) throw ScimError.plain(404, 'This path belongs to no system; see the configuration of this service.');
    const old = { request, id, system };
    if (request.method === 'DELETE') {
      await this.#end(old);
      return void reply.code(204).send();
    }
    if (request.method !== 'POST' && request.method !== 'PUT') throw ScimError.plain(405, `${request.method} is not served here.`, { allow: 'POST, PUT, DELETE' });
    const userName = await this.#upsert(old);
    void reply.code(201).type('application/scim+json').send(skeleton(id || userName, userName));
  }

  async #upsert({ request, system, id }: OldRequest): Promise<string> {
    const user = readStatedUser(namedBy(bodyOf(request.body).json, id), this.#settings.model);
    const presence = presenceOf(user);
    const change: AccountChange = { kind: 'account', system, user, request: { kind: 'hold', ...(presence && { presence }) } };
    const userId = id === '' ? undefined : await this.#find({ system, id });
    const answer = await this.#writer.accept({ ...circumstancesOf(request), ...known(userId), change, oldId: { system, id: id || user.userName } });
    if (answer.kind === 'refused') throw ScimError.again(answer);
    return user.userName;
  }

  /** Somebody unknown is reported as leaving, so that whoever was there before us is not forgotten. */
  async #end({ request, system, id }: OldRequest): Promise<void> {
    if (id === '') throw ScimError.of('invalidValue', 'The address must end with the id of the user.');
    const userId = await this.#find({ system, id });
    const change: AccountChange = { kind: 'account', system, request: { kind: 'end' } };
    const circumstances = circumstancesOf(request);
    const answer = userId === undefined ? undefined : await this.#writer.accept({ ...circumstances, userId, change });
    if (answer?.kind === 'done') return;
    if (answer && answer.status !== 404) throw ScimError.again(answer);
    await reportLeaver(this.#reading, { system, id, caller: circumstances.by, correlationId: circumstances.correlationId });
  }

  /** By the id that was told before, else by the login that it was. */
  async #find(old: { readonly system: string; readonly id: string }): Promise<string | undefined> {
    return (await findByOldId(this.#reading, old)) ?? (await findUserByName(this.#reading, old.id))?.id;
  }
}

function known(userId: string | undefined): { readonly userId?: string } {
  return userId === undefined ? {} : { userId };
}

const ID_MAX_LENGTH = 255;

function oldAddress({ params }: FastifyRequest): OldAddress {
  const path: unknown = typeof params === 'object' && params !== null ? Reflect.get(params, '*') : undefined;
  const old = oldPathOf(String(path));
  if (!old) throw ScimError.plain(404, 'There is nothing at this address.');
  if (!isStorable(old.id)) throw ScimError.plain(404, 'There is no user with this id.');
  return old;
}

function isStorable(id: string): boolean {
  return id.length <= ID_MAX_LENGTH && id.isWellFormed() && !/\p{Cc}/u.test(id);
}

/** The id was the login: it stands in for one that the body does not name. */
function namedBy(json: unknown, id: string): unknown {
  return isObject(json) && id !== '' && !Object.keys(json).some((name) => name.toLowerCase() === 'username') ? { ...json, userName: id } : json;
}

function presenceOf(user: User): 'active' | 'disabled' | undefined {
  const active = user.active ?? { active: true, inactive: false }[user[URN.sapUser]?.status?.toLowerCase() ?? ''];
  if (active === undefined) return undefined;
  return active ? 'active' : 'disabled';
}

/** What the old flows answered: nothing but id and login is filled. */
function skeleton(id: string, userName: string): object {
  const name = { formatted: '', familyName: '', givenName: '', middleName: '', honorificPrefix: '', honorificSuffix: '' };
  return { schemas: [URN.user], id, externalId: '', userName, name, meta: { resourceType: 'User', location: '' } };
}
