import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { TOPICS } from '@rolebridge/contracts';
import type { Batch, BatchHandler } from '@rolebridge/kafka';
import { CHANGE_INBOX } from './tokens.ts';

/** Reads what identity systems say about people over Kafka. */
@Controller()
export class UserChangeConsumer {
  readonly #inbox: BatchHandler;

  constructor(@Inject(CHANGE_INBOX) inbox: BatchHandler) {
    this.#inbox = inbox;
  }

  @EventPattern(TOPICS.userChange.pattern)
  async take(@Payload() batch: Batch): Promise<void> {
    await this.#inbox(batch);
  }
}
