import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { TOPICS } from '@rolebridge/contracts';
import type { Batch, BatchHandler } from '@rolebridge/kafka';
import { PROXY_INBOXES } from './tokens.ts';

export interface ProxyInboxes {
  readonly accounts: BatchHandler;
  readonly entitlements: BatchHandler;
  readonly outcomes: BatchHandler;
  readonly learned: BatchHandler;
}

/** Reads what targets show and what became of requests, for the proxy API. */
@Controller()
export class ProxyConsumer {
  readonly #inboxes: ProxyInboxes;

  constructor(@Inject(PROXY_INBOXES) inboxes: ProxyInboxes) {
    this.#inboxes = inboxes;
  }

  @EventPattern(TOPICS.observedAccount.pattern)
  async accounts(@Payload() batch: Batch): Promise<void> {
    await this.#inboxes.accounts(batch);
  }

  @EventPattern(TOPICS.entitlement.pattern)
  async entitlements(@Payload() batch: Batch): Promise<void> {
    await this.#inboxes.entitlements(batch);
  }

  @EventPattern(TOPICS.learnedId.pattern)
  async learned(@Payload() batch: Batch): Promise<void> {
    await this.#inboxes.learned(batch);
  }

  @EventPattern(TOPICS.outcome.pattern)
  async outcomes(@Payload() batch: Batch): Promise<void> {
    await this.#inboxes.outcomes(batch);
  }
}
