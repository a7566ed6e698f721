import { BadRequestException, Body, ConflictException, Controller, Get, HttpCode, Inject, NotFoundException, Param, ParseUUIDPipe, Post, UseGuards } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { Operator } from '@rolebridge/access';
import { CurrentOperator, OperatorGuard, RequireRight } from '@rolebridge/access/nest';
import { type ConnectorStatus, type LinkStatus, type SystemStatus, TOPICS, type UserStatus } from '@rolebridge/contracts';
import type { Batch, BatchHandler } from '@rolebridge/kafka';
import type { Database } from '@rolebridge/persistence';
import type { SystemRuntime } from '../dispatch/system-runtime.ts';
import { releaseHeld } from '../store/release.ts';
import { countLinks, readLink } from '../store/status.ts';

export const RUNTIMES = Symbol('systems served by this process');
export const DATABASE = Symbol('database');
/** Batch handlers by consumer group. */
export const WISH_TAKERS = Symbol('takers of wishes');
export const COMMAND_TAKERS = Symbol('takers of commands');

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

/** What the `rolebridge` command asks a connector. */
@Controller('operator')
@UseGuards(OperatorGuard)
export class OperatorController {
  constructor(
    @Inject(RUNTIMES) private readonly runtimes: readonly SystemRuntime[],
    @Inject(DATABASE) private readonly database: Database,
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
    const { system, reason } = (body ?? {}) as { readonly system?: unknown; readonly reason?: unknown }; // an HTTP body can be anything
    if (typeof reason !== 'string' || reason.trim() === '') throw new BadRequestException('reason: say in a sentence why this may go through.');
    const runtime = this.runtimes.find((one) => one.system.name === system);
    if (!runtime) throw new BadRequestException(`system: must be one of ${this.runtimes.map((one) => one.system.name).join(', ')}.`);
    const released = await releaseHeld(this.database, { system: runtime.system.name, userId: id, by: operator.name, reason });
    if (!released) throw new ConflictException(`Nothing is held for user ${id} at ${runtime.system.name}.`);
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

