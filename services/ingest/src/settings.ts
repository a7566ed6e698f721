import { topicName } from '@rolebridge/contracts';
import { groupModel, userModel } from '@rolebridge/scim';
import type { ResourceModel, UserModel } from '@rolebridge/scim';
import type { WorkingSettings } from './decide/working-set.ts';
import type { IngestEnvironment } from './environment.ts';
import { erasureTimesOf } from './erasure-environment.ts';
import type { ErasureSettings } from './store/erasure.store.ts';
import type { ProxySettings } from './inbound/peer.ts';

/** Consumer group, and prefix of the dead-letter topic. */
export const CONSUMER = 'ingest';
/** Schema of the database. */
export const SCHEMA = 'ingest';
/** Plain SQL files; beside the sources, also when compiled code runs. */
export const MIGRATIONS = new URL('../src/store/migrations/', import.meta.url);

/** What the environment means to the parts of this service. */
export interface IngestSettings extends WorkingSettings {
  readonly model: UserModel;
  readonly groupModel: ResourceModel;
  /** Name of the topic `identity.group.v1` in this landscape. */
  readonly groupTopic: string;
  readonly topicPrefix: string;
  readonly publicUrl: string | undefined;
  readonly correlatedSources: ReadonlySet<string>;
  readonly idempotencyHours: number;
  readonly eventIdHours: number;
  readonly erasure: ErasureSettings;
  readonly door: DoorSettings;
}

/** How callers are answered. */
export interface DoorSettings {
  /** Status that says "please repeat". */
  readonly unavailableStatus: 429 | 503;
  readonly retryAfterSeconds: number;
  /** Longest time until a write is answered. */
  readonly acceptTimeoutMs: number;
  /** Per caller without a limit of its own, and instance; 0 = no limit. */
  readonly requestsPerMinute: number;
  readonly proxies: ProxySettings;
}

export function settingsOf(environment: IngestEnvironment): IngestSettings {
  const { CUSTOM_EXTENSIONS: extensions, TOPIC_PREFIX: topicPrefix } = environment;
  return {
    model: userModel(extensions),
    groupModel: groupModel(),
    statements: {
      extensions,
      units: environment.UNITS_ATTRIBUTE,
      primaryUnit: environment.PRIMARY_UNIT_ATTRIBUTE,
      roles: environment.ROLES_ATTRIBUTE,
      separator: environment.LIST_SEPARATOR,
      unitCase: environment.UNIT_CASE,
    },
    returnByUserName: environment.RETURN_BY_USER_NAME,
    userTopic: topicName('user', {}, topicPrefix),
    groupTopic: topicName('group', {}, topicPrefix),
    topicPrefix,
    publicUrl: environment.PUBLIC_URL,
    correlatedSources: new Set(environment.CORRELATED_SOURCES),
    idempotencyHours: environment.IDEMPOTENCY_HOURS,
    eventIdHours: environment.EVENT_ID_DAYS * 24,
    erasure: { ...erasureTimesOf(environment), idempotencyHours: environment.IDEMPOTENCY_HOURS, userTopic: topicName('user', {}, topicPrefix) },
    door: {
      unavailableStatus: environment.UNAVAILABLE_STATUS === 503 ? 503 : 429,
      retryAfterSeconds: environment.RETRY_AFTER_SECONDS,
      acceptTimeoutMs: environment.ACCEPT_TIMEOUT_MS,
      requestsPerMinute: environment.CALLER_REQUESTS_PER_MINUTE,
      proxies: proxiesOf(environment),
    },
  };
}

function proxiesOf({ TRUSTED_PROXIES: trusted, CLIENT_CERTIFICATE_HEADER: certificate, CLIENT_CERTIFICATE_VERIFY_HEADER: verify }: IngestEnvironment): ProxySettings {
  return { trusted, ...(certificate && { certificateHeader: certificate.toLowerCase() }), ...(verify && { verifyHeader: verify.toLowerCase() }) };
}
