import { setTimeout as sleep } from 'node:timers/promises';
import type { OutgoingRecord } from '@rolebridge/contracts';
import { connectKafka, type Publisher } from '@rolebridge/kafka';

const PAUSE_MS = 500;
/** A broker on a busy machine may need minutes to come back. */
const SENT_WITHIN_MS = 600_000;

/** The producer of an identity system: sends until the broker has it, perhaps twice. */
export interface EventSender {
  /** Resolves when the broker has acknowledged all. */
  send(records: readonly OutgoingRecord[]): Promise<void>;
  close(): Promise<void>;
}

/** After a failure nobody knows what arrived, so everything is sent again, through a new producer unless another sender has opened one since. */
export function eventSender(brokers: readonly string[], signal: AbortSignal): EventSender {
  const kafka = connectKafka({ brokers, clientId: 'chaos-idm' });
  let publisher: Promise<Publisher> | undefined;

  async function leave(old: Promise<Publisher> | undefined): Promise<void> {
    if (publisher !== old) return;
    publisher = undefined;
    await (await old?.catch(() => undefined))?.close().catch(() => undefined);
  }

  return {
    async send(records) {
      for (const end = Date.now() + SENT_WITHIN_MS; ; await sleep(PAUSE_MS, undefined, { signal })) {
        const used = (publisher ??= kafka.publisher());
        try {
          return await (await used).publish(records);
        } catch (error) {
          await leave(used);
          if (Date.now() > end) throw error;
        }
      }
    },
    close: () => leave(publisher),
  };
}
