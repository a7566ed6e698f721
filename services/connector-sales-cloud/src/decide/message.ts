/** Actions of this family of services (`systems/sales-cloud.md` §3): 03 delete, 04 save, 05 remove without error. */
export type ActionCode = '03' | '04' | '05';

export interface UnitItem {
  readonly action: ActionCode;
  readonly id: string;
  readonly roleCode: string;
  readonly startDate: string;
  readonly endDate: string;
}

export interface ListItem {
  readonly action: ActionCode;
  readonly id: string;
}

export interface ResponsibilityItem extends ListItem {
  readonly isDefault?: boolean;
}

/**
 * One employee as it goes over the wire, without ids and time stamps: the content that makes the wire id (L23).
 * A node that is left out is left alone by the target; an empty text empties the field.
 */
export interface EmployeeMessage {
  readonly key: string;
  readonly action: ActionCode;
  readonly address?: { readonly phone?: string; readonly email?: string; readonly mobile?: string };
  readonly units: readonly UnitItem[];
  readonly employeeType?: { readonly startDate: string; readonly endDate: string };
  readonly employeeTypesComplete: boolean;
  readonly identity?: {
    readonly identityId: string;
    readonly language?: string;
    readonly inactive: boolean;
    readonly rolesComplete: boolean;
    readonly roles: readonly ListItem[];
  };
  readonly name?: { readonly given?: string; readonly middle?: string; readonly family: string };
  readonly responsibilities: readonly ResponsibilityItem[];
  readonly responsibilitiesComplete: boolean;
}

/** What a step carries: `apply` needs nothing else. */
export interface SalesCloudPayload {
  readonly message: EmployeeMessage;
  readonly generation: number;
}

/** PURE guard at the port, where payloads are `unknown`. */
export function isPayload(payload: unknown): payload is SalesCloudPayload {
  return typeof payload === 'object' && payload !== null && 'message' in payload && 'generation' in payload;
}
