import { openAdmin } from './admin.ts';
import { openConsumer } from './consume/open-consumer.ts';
import { reread } from './consume/reread.ts';
import type { Kafka } from './port.ts';
import { fencedSender } from './publish/fenced.ts';
import { idempotentSender } from './publish/idempotent.ts';
import { queuedPublisher } from './publish/queue.ts';
import { silenceNegativeTimeouts } from './quiet-timers.ts';
import type { KafkaSettings } from './settings.ts';

/** Calls of one event loop turn or two travel together; a single one hardly notices. */
const LINGER_MS = 2;

/** The door to a Kafka cluster. Connects when something is opened, not before. */
export function connectKafka(settings: KafkaSettings): Kafka {
  silenceNegativeTimeouts();
  return {
    async publisher() {
      const sender = idempotentSender(settings);
      await sender.open();
      return queuedPublisher(sender, { lingerMs: LINGER_MS });
    },
    async fencedPublisher(transactionalId) {
      return queuedPublisher(await fencedSender(settings, transactionalId), { lingerMs: 0 });
    },
    consume: (options) => openConsumer(settings, options),
    reread: (options) => reread(settings, options),
    admin: () => openAdmin(settings),
  };
}
