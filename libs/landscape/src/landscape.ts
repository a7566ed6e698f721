import type { BrakeSettings } from './brake-settings.ts';
import type { ProxySettings } from './proxy-settings.ts';

/** A secret by reference: never the value itself in a file (design §2). */
export type SecretReference = { readonly env: string } | { readonly file: string };

/** `shadow`: plans are made and shown, nothing is sent (law L28). */
export const MODES = ['shadow', 'active'] as const;
export type Mode = (typeof MODES)[number];

/** One configured system: an entry of `deploy/systems.yaml`. */
export interface System {
  /** Part of topics, groups, metrics and rule folders: lower case letters, digits, dashes. */
  readonly name: string;
  /** Chooses the connector: `sales-cloud`, `fieldglass`, … */
  readonly kind: string;
  /** Default `shadow`. */
  readonly mode: Mode;
  /** Base address of the target. */
  readonly url: string;
  readonly limits: Limits;
  /** How long a target may take until a write is visible, or until one-way messages are surely processed (L19), milliseconds. */
  readonly settleMs: number;
  /** Address of the connector's operator interface, for the CLI. */
  readonly operatorUrl?: string;
  /** Where this system's brake differs from the default (L26). */
  readonly brake?: Partial<BrakeSettings>;
  /** Where the proxy API differs from the default for this system. */
  readonly proxy?: Partial<ProxySettings>;
  /** Everything that only the connector of this kind understands; validated there. Secrets are references. */
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface Limits {
  /** Calls in flight at once. */
  readonly concurrency: number;
  /** Calls per minute over all instances, 0 = no limit. */
  readonly perMinute: number;
  /** One call, milliseconds. */
  readonly timeoutMs: number;
}

export interface Landscape {
  /** Where the brake over all systems differs from the default (L26). */
  readonly brake?: Partial<BrakeSettings>;
  readonly systems: readonly System[];
}
