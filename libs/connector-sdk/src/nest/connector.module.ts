import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { Authenticator, Operator } from '@rolebridge/access';
import { OPERATORS } from '@rolebridge/access/nest';
import type { Logger } from '@rolebridge/observability';
import type { Database, Relay } from '@rolebridge/persistence';
import type { SystemRuntime } from '../dispatch/system-runtime.ts';
import { BrakeController } from './brake.controller.ts';
import { AUDIT_LOG, COMMAND_TAKERS, DATABASE, OperatorController, RUNTIMES, type Takers, TopicController, WISH_TAKERS } from './connector.controllers.ts';

export interface ConnectorParts {
  readonly runtimes: readonly SystemRuntime[];
  readonly database: Database;
  readonly relay: Relay;
  readonly wishes: Takers;
  readonly commands: Takers;
  readonly operators: Authenticator<Operator>;
  readonly audit: Logger;
}

const RELAY = Symbol('relay');

/** Puts a connector process together; closes dispatchers first, so that their last results still reach the database. */
@Module({})
export class ConnectorModule implements OnApplicationShutdown {
  constructor(
    @Inject(RUNTIMES) private readonly runtimes: readonly SystemRuntime[],
    @Inject(RELAY) private readonly relay: Relay,
    @Inject(DATABASE) private readonly database: Database,
  ) {}

  static of(parts: ConnectorParts): DynamicModule {
    return {
      module: ConnectorModule,
      controllers: [TopicController, OperatorController, BrakeController],
      providers: [
        { provide: RUNTIMES, useValue: parts.runtimes },
        { provide: DATABASE, useValue: parts.database },
        { provide: RELAY, useValue: parts.relay },
        { provide: WISH_TAKERS, useValue: parts.wishes },
        { provide: COMMAND_TAKERS, useValue: parts.commands },
        { provide: AUDIT_LOG, useValue: parts.audit },
        { provide: OPERATORS, useValue: parts.operators },
      ],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.runtimes.map((runtime) => runtime.close()));
    await this.relay.close();
    await this.database.close();
  }
}
