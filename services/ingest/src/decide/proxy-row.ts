import type { DeliveryState, Failure, Generation, SystemName, UserId } from '@rolebridge/contracts';
import type { ShownAccount } from './account-request.ts';
import type { Overlay, Seen } from './proxy-view.ts';

/** One account of one system, as the proxy API knows it: the row of table `proxy_account`. */
export interface ProxyRow {
  readonly system: SystemName;
  /** Ours, never changes. */
  readonly id: UserId;
  /** Key on the topic of observations, once it was seen. */
  readonly accountKey?: string;
  readonly userId?: UserId;
  /** Of the last observation. */
  readonly generation?: Generation;
  /** The account generation that was applied when it was seen. */
  readonly accountGeneration?: Generation;
  readonly observed?: Seen;
  /** Accepted, and not applied as far as was seen. */
  readonly overlay?: Overlay;
  /** The user generation of the newest request in the overlay. */
  readonly overlayGeneration?: Generation;
  /** The account generation that covers the overlay, once role-mapping has judged it (L15). */
  readonly covering?: Generation;
  /** What a connector said last about the overlay. */
  readonly delivered?: Delivered;
  /** Observation and overlay together; missing: no account. */
  readonly view?: ShownAccount;
  readonly aliasOf?: UserId;
}

/** What became of a request at the target. */
export interface Delivered {
  /** Account generation. */
  readonly generation: Generation;
  readonly userGeneration: Generation;
  readonly state: DeliveryState;
  readonly failure?: Failure;
}
