import { Controller, Delete, Get, Inject, Patch, Post, Put, Req, Res } from '@nestjs/common';
import { ScimError } from '@rolebridge/scim';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { EntitlementRow } from '../store/proxy-entitlements.store.ts';
import type { Written } from '../store/proxy-writer.ts';
import { circumstancesOf, idOf } from './command-of.ts';
import { callerOf } from './door.ts';
import { bodyOf } from './json-body.ts';
import { STATE_HEADER } from './proxy-answer.ts';
import type { WriteAnswer } from './proxy-answer.ts';
import { patchedMembers, replacedMembers } from './proxy-body.ts';
import type { MembersChange } from './proxy-body.ts';
import type { ProxyParts } from './proxy-parts.ts';
import { readProxyQuery } from './proxy-query.ts';
import { PROXY_PATHS, proxyBaseOf, servedSystem } from './proxy-system.ts';
import type { ProxySystem } from './proxy-system.ts';
import { PROXY } from './tokens.ts';

const SCIM_JSON = 'application/scim+json';
const IDENTIFIERS = ['displayName'] as const;

type Read = (body: unknown, entry: EntitlementRow, shown: readonly string[]) => MembersChange;

/** What one system can give: its groups and roles, with the accounts that hold them. */
@Controller(PROXY_PATHS.map((path) => `${path}/Groups`))
export class ProxyGroupsController {
  readonly #parts: ProxyParts;

  constructor(@Inject(PROXY) parts: ProxyParts) {
    this.#parts = parts;
  }

  @Get()
  async list(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { name } = this.#system(request, reply);
    const query = readProxyQuery(request.query, IDENTIFIERS);
    void reply.type(SCIM_JSON).send(await this.#parts.reader.groups(name, query, proxyBaseOf(request, this.#parts.publicUrl)));
  }

  @Get(':id')
  async read(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.#send(request, reply, this.#system(request, reply).name);
  }

  @Put(':id')
  async replace(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.#change(request, reply, replacedMembers);
  }

  @Patch(':id')
  async patch(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.#change(request, reply, patchedMembers);
  }

  /** Groups live at the target; no back end lets them be made or removed from here, and says so. */
  @Post()
  create(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.#system(request, reply);
  }

  @Delete(':id')
  remove(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.#system(request, reply);
  }

  #system(request: FastifyRequest, reply: FastifyReply): ProxySystem {
    return servedSystem(this.#parts.systems, request, reply, 'groups');
  }

  async #change(request: FastifyRequest, reply: FastifyReply, read: Read): Promise<void> {
    const system = this.#system(request, reply);
    const { reader, writer, bounded } = this.#parts;
    const entry = await reader.entitlement(system.name, idOf(request));
    const { add, remove } = read(bodyOf(request.body).json, entry, await reader.memberIds(system.name, entry));
    const { by, correlationId } = circumstancesOf(request);
    const order = { system: system.name, operation: 'patch', by, correlationId, ruleGiven: system.settings.ruleGiven } as const;
    const written = await bounded(writer.changeMembers({ ...order, entitlement: { type: entry.type, value: entry.value }, add, remove }).catch(unknownMember));
    const { status, state } = await this.#answer(request, system, written);
    void reply.code(status).header(STATE_HEADER, state);
    await this.#send(request, reply, system.name);
  }

  /** The answer of a group is that of its slowest member. */
  async #answer(request: FastifyRequest, { name, settings }: ProxySystem, written: readonly Written[]): Promise<WriteAnswer> {
    const question = { system: name, caller: callerOf(request), settings, status: 200 };
    const answers = await Promise.all(written.map((one) => this.#parts.answers.answer(one, question)));
    return answers.find(({ status }) => status !== 200) ?? answers[0] ?? { state: 'accepted', status: 200 };
  }

  async #send(request: FastifyRequest, reply: FastifyReply, system: string): Promise<void> {
    const showing = { ...readProxyQuery(request.query, IDENTIFIERS), baseUrl: proxyBaseOf(request, this.#parts.publicUrl) };
    void reply.type(SCIM_JSON).send(await this.#parts.reader.group(system, idOf(request), showing));
  }
}

function unknownMember(error: unknown): never {
  throw error instanceof ScimError && error.status === 404 ? ScimError.of('invalidValue', 'members has an id that no account of this system has.') : error;
}
