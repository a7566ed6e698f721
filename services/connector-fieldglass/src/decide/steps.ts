import type { Loss, Step } from '@rolebridge/connector-sdk';
import { SCIM_URN } from '@rolebridge/contracts';
import type { ScimPatchOperation } from '@rolebridge/contracts';

/** What `apply` gets for each kind of step. */
export type FieldglassPayload = CreatePayload | ReplacePayload | PatchPayload | DeletePayload | UnitsPayload | RolesPayload;

interface Common {
  /** Of the wish; shown to checkers where configured. */
  readonly generation: number;
  /** Texts about the person that must not come back in an error. */
  readonly sensitive: readonly string[];
}

export interface CreatePayload extends Common {
  readonly kind: 'create';
  readonly resource: Resource;
}

export interface ReplacePayload extends Common {
  readonly kind: 'replace';
  readonly id: string;
  readonly resource: Resource;
}

export interface PatchPayload extends Common {
  readonly kind: 'patch';
  readonly id: string;
  readonly operations: readonly ScimPatchOperation[];
}

export interface DeletePayload extends Common {
  readonly kind: 'delete';
  readonly id: string;
}

export interface UnitsPayload extends Common {
  readonly kind: 'set-units';
  readonly login: string;
  readonly units: readonly string[];
}

export interface RolesPayload extends Common {
  readonly kind: 'set-roles';
  readonly login: string;
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

export type Resource = Readonly<Record<string, unknown>>;

/** The standard connector names exactly these two (`sap-fieldglass-c4d3fd5.md`), also when SAP's own extension is written. */
export const SCHEMAS = [SCIM_URN.user, SCIM_URN.enterpriseUser] as const;

/** A step of interface A. */
export function scimStep(name: string, payload: CreatePayload | ReplacePayload | PatchPayload | DeletePayload, losses: readonly Loss[] = []): Step {
  const { sensitive: _, generation: __, ...content } = payload;
  return { name, creates: payload.kind === 'create', losses, payload, body: JSON.stringify(content) };
}
