import type { PlanInput } from '@rolebridge/connector-sdk';
import type { FieldglassObservation, FieldglassState } from './state.ts';
import type { FieldglassPayload } from './steps.ts';

/** The settings that planning depends on. */
export interface PlanRules {
  readonly activeSupported: boolean;
  readonly updateMethod: 'PUT' | 'PATCH';
  readonly deleteMode: 'deactivate' | 'delete';
  readonly unitList: 'replace' | 'add';
  /** How roles are written: by an upload, as groups of the same name, or not at all. */
  readonly roles: 'upload' | 'groups' | 'none';
}

export interface PlanContext extends PlanInput<FieldglassState, FieldglassObservation> {
  readonly rules: PlanRules;
  /** What goes with every step: see `steps.ts`. */
  readonly common: Pick<FieldglassPayload, 'generation' | 'sensitive'>;
}
