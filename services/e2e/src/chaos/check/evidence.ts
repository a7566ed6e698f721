import type { DirectoryAccount, DirectoryWrite, Violation } from '../directory/accounts.ts';
import type { BundleSeen } from '../directory/bundle.ts';
import type { DirectoryGroup, ListWrite } from '../directory/groups.ts';
import type { Replayed } from '../run/replay.ts';
import type { Exit } from '../run/stage.ts';
import type { Awakening } from '../run/strike.ts';
import type { LinkRow } from '../run/tables.ts';
import type { ChaosSystem } from '../stories/oracle.ts';

/** One call in a target's log (libs/simulator-kit). */
export interface LoggedCall {
  readonly sequence: number;
  readonly at: string;
  readonly endedAt?: string;
  readonly operation: string;
  readonly key?: string;
  readonly generation?: string;
  readonly result: string;
  readonly fault?: string;
}

export interface SalesCloudEmployee {
  readonly key: string;
  readonly identityId?: string;
  readonly locked: boolean;
  readonly familyName?: string;
  readonly address: Readonly<Record<string, string>>;
  readonly roles: readonly string[];
  readonly units: readonly { readonly id: string }[];
}

export interface SalesCloudState {
  readonly employees: readonly SalesCloudEmployee[];
  readonly messageMonitoring: readonly { readonly key: string; readonly code: string; readonly text: string }[];
  readonly backwardsSteps: readonly { readonly key: string; readonly from: string; readonly to: string }[];
}

export interface FieldglassUser {
  readonly id: string;
  readonly userName: string;
  readonly active: boolean;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly units: readonly string[];
}

export interface FieldglassState {
  readonly users: readonly FieldglassUser[];
}

export interface DirectoryState {
  readonly accounts: readonly DirectoryAccount[];
  readonly writes: readonly DirectoryWrite[];
  readonly violations: readonly Violation[];
  readonly groups: readonly DirectoryGroup[];
  /** Groups that were written by their full list, in order. */
  readonly lists: readonly ListWrite[];
  readonly bundles: readonly BundleSeen[];
}

/** A record of a state topic. */
export interface StateRecord {
  readonly topic: string;
  readonly key: string;
  readonly generation: number;
  /** Written by the chaos run itself. */
  readonly redelivered: boolean;
}

export interface Letter {
  readonly consumer: string;
  readonly userId: string;
  readonly code: string;
}

/** What a connector told about one attempt. */
export interface Told {
  /** The same again when a relay sent it twice. */
  readonly id: string;
  readonly system: string;
  readonly userId: string;
  readonly generation: number;
  readonly state: string;
}

/** Everything that is looked at after a run. `calls`: each part of a bundle is a call of its own. */
export interface Evidence {
  readonly salesCloud: SalesCloudState;
  readonly fieldglass: FieldglassState;
  readonly directory: DirectoryState;
  readonly calls: Readonly<Record<ChaosSystem, readonly LoggedCall[]>>;
  readonly links: readonly LinkRow[];
  readonly accepted: ReadonlyMap<string, number>;
  readonly wished: ReadonlyMap<string, number>;
  readonly records: readonly StateRecord[];
  readonly letters: readonly Letter[];
  /** In the order of the topic. */
  readonly outcomes: readonly Told[];
  /** Internal ids by employee number. */
  readonly ids: ReadonlyMap<string, string>;
  readonly awakenings: readonly Awakening[];
  /** Everything that ended although nobody stopped it, killed or not. */
  readonly exits: readonly Exit[];
  /** What was still moving when patience ended. */
  readonly restless: readonly string[];
  /** All state records once more, after everything was quiet. */
  readonly replayed: Replayed;
}

/** Something that must not be. */
export interface Finding {
  readonly checker: string;
  readonly text: string;
}

/** Something worth knowing that breaks no promise. */
export type Verdict = { readonly findings: readonly Finding[]; readonly notes: readonly string[] };
