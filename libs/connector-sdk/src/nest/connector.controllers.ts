import { STATUS_CODES } from 'node:http';
import { type ArgumentsHost, BadRequestException, Body, Catch, ConflictException, Controller, type ExceptionFilter, Get, HttpCode, HttpException, Inject, NotFoundException, Param, ParseUUIDPipe, Post, UseFilters, UseGuards } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { Operator } from '@rolebridge/access';
import { CurrentOperator, OperatorGuard, type Problem, PROBLEM_TYPE, RequireRight } from '@rolebridge/access/nest';
import { type ConnectorStatus, type LinkStatus, type OperatorOrderKind, REASON_MAX_CHARACTERS, type SystemStatus, TOPICS, unstorableText, type UserStatus } from '@rolebridge/contracts';
import type { Batch, BatchHandler } from '@rolebridge/kafka';
import type { Logger } from '@rolebridge/observability';
import type { Database } from '@rolebridge/persistence';
import type { SystemRuntime } from '../dispatch/system-runtime.ts';
import { type NotRedrivable, redriveNewest } from '../store/redrive.ts';
import { releaseHeld } from '../store/release.ts';
import { countLinks, readLink } from '../store/status.ts';

export const RUNTIMES = Symbol('systems served by this process');
export const DATABASE = Symbol('database');
/** Batch handlers by consumer group. */
export const WISH_TAKERS = Symbol('takers of wishes');
export const COMMAND_TAKERS = Symbol('takers of commands');
/** Where it is written who ordered what, and why; always at level info, whatever the level of the service's log. */
export const AUDIT_LOG = Symbol('audit log');

export type Takers = ReadonlyMap<string, BatchHandler>;

/** The topics of a connector. */
@Controller()
export class TopicController {
  constructor(
    @Inject(WISH_TAKERS) private readonly wishes: Takers,
    @Inject(COMMAND_TAKERS) private readonly commands: Takers,
  ) {}

  @EventPattern(TOPICS.desiredAccount.pattern)
  async onWishes(@Payload() batch: Batch): Promise<void> {
    await this.wishes.get(batch.consumer)?.(batch);
  }

  @EventPattern(TOPICS.retry.pattern)
  async onCommands(@Payload() batch: Batch): Promise<void> {
    await this.commands.get(batch.consumer)?.(batch);
  }
}

interface Reply {
  status(code: number): Reply;
  header(name: string, value: string): Reply;
  send(body: unknown): unknown;
}

/** Every refusal is a problem by RFC 9457, also those of Nest itself. */
@Catch(HttpException)
export class ProblemFilter implements ExceptionFilter<HttpException> {
  catch(error: HttpException, host: ArgumentsHost): void {
    const status = error.getStatus();
    const body = error.getResponse();
    const problem: Problem = { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail: error.message };
    host.switchToHttp().getResponse<Reply>().status(status).header('content-type', PROBLEM_TYPE).send(typeof body === 'object' && 'detail' in body ? body : problem);
  }
}

/** Why a redrive is refused, and what to do instead. */
const INSTEAD: Readonly<Record<NotRedrivable, string>> = {
  applying: 'it is being applied right now; look at its status in a few seconds',
  held: 'the brake holds it; release it if it may go through',
  accepted: 'the target has taken the newest wish; a change of the user or the rules is sent by itself',
  applied: 'the target has the newest wish; a change of the user or the rules is applied by itself',
  unchanged: 'the target already had what is wished; a change of the user or the rules is applied by itself',
  superseded: 'a newer wish took its place; look at its status again',
};

/** An order of an operator for one person at one system, checked. */
interface Order {
  readonly runtime: SystemRuntime;
  readonly userId: string;
  readonly by: string;
  readonly reason: string;
}

/** What the `rolebridge` command asks of a connector. */
@Controller('operator')
@UseGuards(OperatorGuard)
@UseFilters(ProblemFilter)
export class OperatorController {
  constructor(
    @Inject(RUNTIMES) private readonly runtimes: readonly SystemRuntime[],
    @Inject(DATABASE) private readonly database: Database,
    @Inject(AUDIT_LOG) private readonly audit: Logger,
  ) {}

  @Get('status')
  @RequireRight('read')
  async status(): Promise<ConnectorStatus> {
    return { systems: await Promise.all(this.runtimes.map((runtime) => this.#statusOf(runtime))) };
  }

  @Get('users/:id')
  @RequireRight('read')
  async user(@Param('id', ParseUUIDPipe) id: string): Promise<UserStatus> {
    const links = await Promise.all(this.runtimes.map(({ system, connector }) => readLink(this.database, system.name, id, connector.confirmable)));
    const systems = links.filter((link): link is LinkStatus => link !== undefined);
    if (systems.length === 0) throw new NotFoundException(`No system of this connector knows user ${id}.`);
    return { userId: id, systems };
  }

  /** Lets through what the brake holds for one person at one system (L26). */
  @Post('users/:id/release')
  @HttpCode(204)
  @RequireRight('approve')
  async release(@Param('id', ParseUUIDPipe) id: string, @Body() body: unknown, @CurrentOperator() operator: Operator): Promise<void> {
    const order = this.#orderOf(id, body, operator);
    const { runtime, userId, by, reason } = order;
    const place = runtime.system.name;
    const result = await this.database.transaction((sql) => releaseHeld(sql, { place, userId, by, reason, approvals: runtime.brake.approvals }));
    if (!result) throw new ConflictException(`Nothing is held for user ${userId} at ${place}.`);
    if (result.waiting > 0) throw new ConflictException(`Noted: ${place} needs ${result.approvals} different operators to release; one more has to.`);
    this.#carriedOut('release', order);
  }

  /** Makes the newest wish of one person at one system due again now (L27). */
  @Post('users/:id/redrive')
  @HttpCode(204)
  @RequireRight('operate')
  async redrive(@Param('id', ParseUUIDPipe) id: string, @Body() body: unknown, @CurrentOperator() operator: Operator): Promise<void> {
    const order = this.#orderOf(id, body, operator);
    const system = order.runtime.system.name;
    const result = await redriveNewest(this.database, { system, userId: order.userId }, order);
    if (result === 'unknown') throw new NotFoundException(`${system} does not know user ${order.userId}.`);
    if (result !== 'redriven') throw new ConflictException(`User ${order.userId} is ${result} at ${system}: ${INSTEAD[result]}.`);
    this.#carriedOut('redrive', order);
  }

  #orderOf(id: string, body: unknown, operator: Operator): Order {
    const { system, reason } = (body ?? {}) as { readonly system?: unknown; readonly reason?: unknown }; // an HTTP body can be anything
    if (typeof reason !== 'string' || reason.trim() === '') throw new BadRequestException('reason: say in a sentence why this is right.');
    if (reason.length > REASON_MAX_CHARACTERS || unstorableText(reason) !== undefined) throw new BadRequestException(`reason: must be plain text of at most ${REASON_MAX_CHARACTERS} characters.`);
    const runtime = this.runtimes.find((one) => one.system.name === system);
    if (!runtime) throw new BadRequestException(`system: must be one of ${this.runtimes.map((one) => one.system.name).join(', ')}.`);
    return { runtime, userId: id.toLowerCase(), by: operator.name, reason: reason.trim() };
  }

  #carriedOut(order: OperatorOrderKind, { runtime, userId, by, reason }: Order): void {
    this.audit.info({ order, operator: by, system: runtime.system.name, userId, reason }, 'An operator gave an order.');
    runtime.wake();
  }

  async #statusOf({ system, breaker }: SystemRuntime): Promise<SystemStatus> {
    const { states, oldestPendingSeconds, lastSuccessAt } = await countLinks(this.database, system.name);
    const { mode, reason } = breaker();
    return {
      system: system.name,
      kind: system.kind,
      mode: system.mode,
      backlog: states.pending + states.applying + states.waiting,
      states,
      oldestPendingSeconds,
      lastSuccessAt,
      breaker: mode,
      ready: mode !== 'halted',
      ...(mode === 'closed' || reason === undefined ? {} : { breakerReason: reason }),
    };
  }
}

