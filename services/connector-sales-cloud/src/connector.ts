import { createHash } from 'node:crypto';
import type { Connector } from '@rolebridge/connector-sdk';
import { ClassifiedError } from '@rolebridge/contracts';
import { resolveSecret } from '@rolebridge/landscape';
import type { System } from '@rolebridge/landscape';
import { keyCandidates } from './decide/keys.ts';
import { MAPPING_VERSION } from './decide/mapping.ts';
import { isPayload } from './decide/message.ts';
import { planAccount } from './decide/plan.ts';
import type { Unreadable } from './decide/plan.ts';
import type { SalesCloudState } from './decide/state.ts';
import { parseSettings } from './parse-settings.ts';
import type { SalesCloudSettings } from './settings.ts';
import type { ReadSecret } from './target/sales-cloud.authentication.ts';
import { salesCloudClient } from './target/sales-cloud.client.ts';

export interface SalesCloudDependencies {
  /** Default: environment variables and files of this process. */
  readonly secret?: ReadSecret;
  readonly now?: () => Date;
}

const UNREADABLE: Unreadable = { readable: false };

/**
 * The connector for one system of kind `sales-cloud`: SOAP `employeereplicationin2`, one way (`systems/sales-cloud.md` §3).
 * Throws ConfigurationError with one message per wrong field of the settings.
 */
export function salesCloudConnector(system: System, dependencies: SalesCloudDependencies = {}): Connector<SalesCloudState, Unreadable> {
  const { secret = resolveSecret, now = () => new Date() } = dependencies;
  const settings = parseSettings(system);
  const settingsHash = hashOf(settings);
  const client = salesCloudClient({ system, settings, secret, now });
  return {
    kind: 'sales-cloud',
    confirmable: false,
    settingsHash,
    keyCandidates: (desired) => keyCandidates(desired, settings),
    observe: () => Promise.resolve(UNREADABLE),
    plan: (input) => planAccount(input, { settings, settingsHash }),
    apply: async (step, _link, call) => {
      if (!isPayload(step.payload)) throw new ClassifiedError({ kind: 'unclassified', code: 'foreign-step', message: 'A step that this connector has not planned. This is a defect of Rolebridge.' });
      await client.send(step.payload, call);
      return {};
    },
    probe: (signal) => client.probe(signal),
    close: () => client.close(),
  };
}

/** Of everything that changes what is sent; address, credentials and transport do not. */
function hashOf(settings: SalesCloudSettings): string {
  const { path: _path, vhost: _vhost, allowPlainHttp: _plain, authentication: _auth, trustedCa: _ca, messageIdInQuery: _id, generationHeader: _generation, probe: _probe, ...content } = settings;
  const ordered = Object.entries(content).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return createHash('sha256').update(JSON.stringify([MAPPING_VERSION, ordered])).digest('hex').slice(0, 16);
}
