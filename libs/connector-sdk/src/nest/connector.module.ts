import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { Authenticator, Operator } from '@rolebridge/access';
import { OPERATORS } from '@rolebridge/access/nest';
import type { Logger } from '@rolebridge/observability';
import { type Database, DeadLetterDesk, type DueTimer, type Relay, startForgettingLetters } from '@rolebridge/persistence';
import { OUTBOX, OutboxController } from '@rolebridge/persistence/nest';
import { startErasing } from '../dispatch/erasing.ts';
import type { SystemRuntime } from '../dispatch/system-runtime.ts';
import { BrakeController } from './brake.controller.ts';
import type { ErasureOptions } from '../store/erasing.ts';
import { connectorLetters } from '../store/letters.ts';
import { AUDIT_LOG, COMMAND_TAKERS, DATABASE, OperatorController, RUNTIMES, type Takers, TopicController, WISH_TAKERS } from './connector.controllers.ts';
import type { Replaying } from '../inbound/replay-wishes.ts';
import { REAPPLYING, ReapplyController } from './reapply.controller.ts';
import { REPLAYING, ReplayController } from './replay.controller.ts';
import { DEAD_LETTERS, DeadLetterController } from './dead-letters.controller.ts';
import { ERASING, ErasuresController } from './erasures.controller.ts';

export interface ConnectorParts {
  readonly runtimes: readonly SystemRuntime[];
  readonly database: Database;
  readonly relay: Relay;
  readonly wishes: Takers;
  readonly commands: Takers;
  readonly replaying: Replaying;
  readonly reapplying: DueTimer;
  readonly operators: Authenticator<Operator>;
  readonly audit: Logger;
  readonly erasing: Omit<ErasureOptions, 'system'>;
}

const CLOSING = Symbol('what ends after the dispatchers, in order');

/** Puts a connector process together; closes dispatchers first, so that their last results still reach the database. */
@Module({})
export class ConnectorModule implements OnApplicationShutdown {
  constructor(
    @Inject(RUNTIMES) private readonly runtimes: readonly SystemRuntime[],
    @Inject(CLOSING) private readonly closing: readonly { close(): Promise<void> }[],
  ) {}

  static of(parts: ConnectorParts): DynamicModule {
    return {
      module: ConnectorModule,
      controllers: [TopicController, OperatorController, ErasuresController, BrakeController, DeadLetterController, OutboxController, ReplayController, ReapplyController],
      providers: [
        { provide: RUNTIMES, useValue: parts.runtimes },
        { provide: DATABASE, useValue: parts.database },
        { provide: CLOSING, useValue: [parts.replaying.replays, parts.reapplying, startForgettingLetters(parts.database, { log: parts.audit }), erasingOf(parts), parts.relay, parts.database] },
        { provide: REAPPLYING, useValue: parts.reapplying },
        { provide: DEAD_LETTERS, useValue: deskOf(parts) },
        { provide: OUTBOX, useValue: { database: parts.database } },
        { provide: ERASING, useValue: parts.erasing },
        { provide: REPLAYING, useValue: parts.replaying },
        { provide: WISH_TAKERS, useValue: parts.wishes },
        { provide: COMMAND_TAKERS, useValue: parts.commands },
        { provide: AUDIT_LOG, useValue: parts.audit },
        { provide: OPERATORS, useValue: parts.operators },
      ],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.runtimes.map((runtime) => runtime.close()));
    for (const part of this.closing) await part.close();
  }
}

function erasingOf({ erasing, runtimes, audit: log }: ConnectorParts): { close(): Promise<void> } {
  return startErasing({ ...erasing, systems: runtimes.map(({ system }) => system.name), log });
}

function deskOf({ database, runtimes }: Pick<ConnectorParts, 'database' | 'runtimes'>): DeadLetterDesk {
  return new DeadLetterDesk(
    database,
    connectorLetters({
      redriven: () => runtimes.forEach((runtime) => runtime.wake()),
      hint: ({ system, code }) => runtimes.find((runtime) => runtime.system.name === system)?.connector.hints?.[code],
    }),
  );
}
