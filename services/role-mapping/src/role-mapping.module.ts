import { Inject, Module } from '@nestjs/common';
import type { DynamicModule, OnApplicationShutdown } from '@nestjs/common';
import type { Authenticator, Operator } from '@rolebridge/access';
import type { ReplayDesk } from '@rolebridge/persistence';
import { OPERATORS } from '@rolebridge/access/nest';
import { OUTBOX, OutboxController } from '@rolebridge/persistence/nest';

import { BRAKE_DESK, BrakeController } from './inbound/brake.controller.ts';
import type { BrakeDesk } from './inbound/brake.controller.ts';
import { DEAD_LETTERS, DeadLetterController } from './inbound/dead-letters.controller.ts';
import type { DeadLetterParts } from './inbound/dead-letters.controller.ts';
import { ErasuresController } from './inbound/erasures.controller.ts';
import { EXPLAINING, OperatorController, RULES_DESK } from './inbound/operator.controller.ts';
import { REPLAY_DESK, ReplayController } from './inbound/replay.controller.ts';
import { REPUBLISHING, RepublishController } from './inbound/republish.controller.ts';
import type { Republishing } from './inbound/republish.controller.ts';
import type { RulesDesk } from './inbound/rules-desk.ts';
import type { UserTaker } from './inbound/take-users.ts';
import { USER_TAKER, UserConsumer } from './inbound/user.consumer.ts';
import type { ExplainOptions } from './store/explanation.ts';

export interface Parts {
  readonly users: UserTaker;
  readonly rules: RulesDesk;
  readonly explaining: ExplainOptions;
  readonly brake: BrakeDesk;
  readonly replays: ReplayDesk;
  readonly republishing: Republishing;
  readonly letters: DeadLetterParts;
  readonly operators: Authenticator<Operator>;
  /** What has to be closed after the consumer, in this order. */
  readonly closing: readonly { close(): Promise<void> }[];
}

const CLOSING = Symbol('parts to close');

/** Puts the service together. */
@Module({})
export class RoleMappingModule implements OnApplicationShutdown {
  constructor(@Inject(CLOSING) private readonly closing: Parts['closing']) {}

  static of(parts: Parts): DynamicModule {
    return {
      module: RoleMappingModule,
      controllers: [UserConsumer, OperatorController, BrakeController, ReplayController, RepublishController, ErasuresController, DeadLetterController, OutboxController],
      providers: [
        { provide: USER_TAKER, useValue: parts.users },
        { provide: RULES_DESK, useValue: parts.rules },
        { provide: EXPLAINING, useValue: parts.explaining },
        { provide: BRAKE_DESK, useValue: parts.brake },
        { provide: REPUBLISHING, useValue: parts.republishing },
        { provide: REPLAY_DESK, useValue: parts.replays },
        { provide: DEAD_LETTERS, useValue: parts.letters },
        { provide: OUTBOX, useValue: { database: parts.letters.database } },
        { provide: OPERATORS, useValue: parts.operators },
        { provide: CLOSING, useValue: parts.closing },
      ],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    for (const part of this.closing) await part.close();
  }
}
