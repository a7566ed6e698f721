import type { Caller } from '@rolebridge/access';
import { readGroup, readPatchBody, readUser, ScimError, splitGroupPatch } from '@rolebridge/scim';
import type { BulkMethod } from '@rolebridge/scim';
import type { Change } from '../decide/change.ts';
import type { GroupChange } from '../decide/group-change.ts';
import { versionOf } from '../decide/versions.ts';
import type { IngestSettings } from '../settings.ts';
import type { Delivery } from '../store/idempotency.store.ts';
import type { GroupWriter } from '../store/groups-writer.ts';
import type { BoundedWriter } from './bounded-writer.ts';
import { demand } from './door-area.ts';
import type { DialectRules } from './scim-dialect.ts';

/** One operation, ready to be performed: its references are resolved. */
export interface ReadyOperation {
  readonly method: BulkMethod;
  readonly path: string;
  readonly version?: string;
  readonly data?: unknown;
  readonly delivery?: Delivery;
}

/** On whose behalf. */
export interface BulkCircumstances {
  readonly caller: Caller;
  readonly correlationId: string;
  readonly dialect: DialectRules;
}

export interface BulkWriters {
  readonly settings: IngestSettings;
  readonly writer: BoundedWriter;
  readonly groupWriter: GroupWriter;
}

/** What an operation did. */
export interface Performed {
  readonly id: string;
  /** Below the interface. */
  readonly path: string;
  readonly version: string;
}

/** @throws ScimError what the operation would be answered by itself */
export type Perform = (operation: ReadyOperation) => Promise<Performed>;

const PATH = /^\/?(Users|Groups)(?:\/([^/?#]+))?$/;

/** Performs single operations through the same ways in as single requests. */
export function bulkPerformer({ settings, writer, groupWriter }: BulkWriters, { caller, correlationId, dialect }: BulkCircumstances): Perform {
  return async (operation) => {
    const { collection, id } = placeOf(operation);
    demand(caller, { right: 'write', resource: collection === 'Users' ? 'users' : 'groups' });
    const asked = { by: caller.name, correlationId, ...(operation.version !== undefined && { ifMatch: operation.version }), ...(operation.delivery && { delivery: operation.delivery }) };
    const answer =
      collection === 'Users'
        ? await writer.accept({ change: userChange(operation, settings, dialect), ...asked, ...(id !== undefined && { userId: id }) })
        : await groupWriter.accept({ change: groupChange(operation, settings, dialect), ...asked, ...(id !== undefined && { groupId: id }), leniency: dialect.groups });
    if (answer.kind === 'refused') throw ScimError.again(answer);
    return { id: answer.row.id, path: `/${collection}/${answer.row.id}`, version: versionOf(answer.row) };
  };
}

function placeOf({ method, path }: ReadyOperation): { readonly collection: string; readonly id?: string } {
  const [, collection, id] = PATH.exec(path) ?? [];
  if (collection === undefined) throw ScimError.plain(404, 'A bulk operation is about /Users or /Groups.');
  const onCollection = method === 'POST';
  if (onCollection !== (id === undefined)) throw ScimError.plain(405, `${method} is not served on ${onCollection ? 'a resource' : 'a collection'}.`);
  return { collection, ...(id !== undefined && { id }) };
}

function userChange({ method, data }: ReadyOperation, { model }: IngestSettings, dialect: DialectRules): Change {
  if (method === 'DELETE') return { kind: 'delete' };
  if (method === 'PATCH') return { kind: 'patch', operations: readPatchBody(data, dialect.lenientPatch) };
  const user = readUser(data, model);
  return method === 'POST' ? { kind: 'create', user, ifExists: 'refuse' } : { kind: 'replace', user };
}

function groupChange({ method, data }: ReadyOperation, { groupModel }: IngestSettings, dialect: DialectRules): GroupChange {
  if (method === 'DELETE') return { kind: 'delete' };
  if (method === 'PATCH') return { kind: 'patch', patch: splitGroupPatch(readPatchBody(data, dialect.lenientPatch), groupModel) };
  const document = readGroup(data, groupModel);
  return method === 'POST' ? { kind: 'create', members: [], ...document } : { kind: 'replace', ...document };
}
