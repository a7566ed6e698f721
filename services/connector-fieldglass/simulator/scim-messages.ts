import type { Answer } from '@rolebridge/simulator-kit';
import type { Account } from './accounts.ts';
import { CORE, ENTERPRISE, type Refusal } from './scim-rules.ts';

const SCIM_JSON = 'application/scim+json; charset=utf-8';

export function scim(status: number, content: unknown, more: Partial<Answer> = {}): Answer {
  return { status, type: SCIM_JSON, body: JSON.stringify(content), ...more };
}

/** RFC 7644 §3.12: `status` is a text. */
export function scimError(status: number, detail: string, scimType?: string): Answer {
  return scim(status, { schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: String(status), ...(scimType ? { scimType } : {}), detail });
}

export function refused({ scimType, detail }: Refusal): Answer {
  return scimError(400, detail, scimType);
}

export function listOf(resources: readonly unknown[], total: number, startIndex: number): Answer {
  return scim(200, { schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'], totalResults: total, startIndex, itemsPerPage: resources.length, Resources: resources });
}

/** On read, extensions stand under `resourceExtensions` (SAP-docs, `sap-fieldglass-58a6921.md`). */
export function shown({ id, userName, active, resource, createdAtMs }: Account, activeSupported: boolean): Readonly<Record<string, unknown>> {
  const core = Object.entries(resource).filter(([key]) => !key.startsWith('urn:'));
  const extensions = Object.entries(resource).filter(([key]) => key.startsWith('urn:'));
  return {
    schemas: [CORE, ENTERPRISE],
    id,
    userName,
    ...(activeSupported ? { active } : {}),
    ...Object.fromEntries(core),
    ...(extensions.length > 0 ? { resourceExtensions: Object.fromEntries(extensions) } : {}),
    meta: { resourceType: 'User', created: new Date(createdAtMs).toISOString() },
  };
}
