import { TOPICS, topicName } from '@rolebridge/contracts';
import type { OffsetStore, Subscription } from '@rolebridge/kafka';
import { loadLandscape } from '@rolebridge/landscape';
import { isConnectionError } from '@rolebridge/persistence';
import type { Database } from '@rolebridge/persistence';
import { pleaseRepeat, within } from './inbound/bounded-writer.ts';
import { ProxyAnswers } from './inbound/proxy-answer.ts';
import type { ProxyParts } from './inbound/proxy-parts.ts';
import { ProxyReader } from './inbound/proxy-reader.ts';
import { proxySystems } from './inbound/proxy-system.ts';
import type { ProxySystems } from './inbound/proxy-system.ts';
import type { ProxyInboxes } from './inbound/proxy.consumer.ts';
import { Wakers } from './inbound/wakers.ts';
import { CONSUMER } from './settings.ts';
import type { DoorSettings, IngestSettings } from './settings.ts';
import { TooLateError } from './store/change-writer.ts';
import { learnedInbox } from './store/learned-inbox.ts';
import { newUserId } from './store/new-user-id.ts';
import { ProxyWriter } from './store/proxy-writer.ts';
import { entitlementInbox, observationInbox, outcomeInbox } from './store/proxy-inbox.ts';

export interface ProxyWiring {
  readonly landscapeFile: string;
  readonly settings: IngestSettings;
  readonly reading: Database;
  readonly writing: Database;
  readonly version: string;
}

export interface Proxy {
  readonly parts: ProxyParts;
  readonly inboxes: ProxyInboxes;
}

/** Puts the proxy API together. Throws ConfigurationError for a landscape file that cannot be read (L14). */
export function openProxy({ landscapeFile, settings, reading, writing, version }: ProxyWiring): Proxy {
  const wakers = new Wakers();
  const systems = proxySystems(loadLandscape(landscapeFile));
  const inbox = { database: writing, topicPrefix: settings.topicPrefix, serviceVersion: version, consumer: CONSUMER };
  return {
    parts: {
      systems,
      reader: new ProxyReader(reading),
      publicUrl: settings.publicUrl,
      model: settings.model,
      writer: new ProxyWriter({ database: writing, settings, now: () => new Date(), newId: () => newUserId() }),
      answers: new ProxyAnswers(reading, wakers, () => performance.now()),
      bounded: (work) => inTime(work, settings.door),
    },
    inboxes: { accounts: observationInbox(inbox), entitlements: entitlementInbox(inbox), learned: learnedInbox({ ...inbox, settings, now: () => new Date() }), outcomes: outcomeInbox(inbox, (userIds) => wakers.wake(userIds)) },
  };
}

/** Nothing was committed as far as we know; whoever repeats loses nothing. */
async function inTime<T>(work: Promise<T>, door: DoorSettings): Promise<T> {
  try {
    return await within(work, door.acceptTimeoutMs);
  } catch (error) {
    throw error instanceof TooLateError || isConnectionError(error) ? pleaseRepeat(door) : error;
  }
}

/** A read model may be so much older than its topics, milliseconds; a transaction for each single record would cost more than accepting users. */
const GATHER_MS = 100;

/** What the proxy API reads. Systems that cannot be read have topics all the same: nobody writes there. */
export function proxySubscriptions(systems: ProxySystems, prefix: string, offsets: OffsetStore): readonly Subscription[] {
  const names = [...systems.keys()];
  const group = (name: string): string => `${prefix}${CONSUMER}.${name}`;
  return [
    { pattern: TOPICS.observedAccount.pattern, topics: names.map((system) => topicName('observedAccount', { system }, prefix)), groupId: group('observed-account'), offsets, gatherMs: GATHER_MS },
    { pattern: TOPICS.entitlement.pattern, topics: names.map((system) => topicName('entitlement', { system }, prefix)), groupId: group('entitlement'), offsets, gatherMs: GATHER_MS },
    { pattern: TOPICS.learnedId.pattern, topics: [topicName('learnedId', {}, prefix)], groupId: group('learned-id'), offsets },
    { pattern: TOPICS.outcome.pattern, topics: [topicName('outcome', {}, prefix)], groupId: group('outcome'), offsets, gatherMs: GATHER_MS },
  ];
}
