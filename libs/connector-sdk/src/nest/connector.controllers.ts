import { Controller, Get, Inject, NotFoundException, Param, ParseUUIDPipe, UseGuards } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { OperatorGuard, RequireRight } from '@rolebridge/access';
import { type ConnectorStatus, type LinkStatus, type SystemStatus, TOPICS, type UserStatus } from '@rolebridge/contracts';
import type { Batch, BatchHandler } from '@rolebridge/kafka';
import type { Database } from '@rolebridge/persistence';
import type { SystemRuntime } from '../dispatch/system-runtime.ts';
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

