import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { TOPICS } from '@rolebridge/contracts';
import type { Batch } from '@rolebridge/kafka';

import type { UserTaker } from './take-users.ts';

export const USER_TAKER = Symbol('taker of users');

/** The topic this service lives from. */
@Controller()
export class UserConsumer {
  constructor(@Inject(USER_TAKER) private readonly users: UserTaker) {}

  @EventPattern(TOPICS.user.pattern)
  async onUsers(@Payload() batch: Batch): Promise<void> {
    await this.users.take(batch);
  }
}
