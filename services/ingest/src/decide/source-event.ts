import { ClassifiedError, parseRecord, sourceKey } from '@rolebridge/contracts';
import type { Failure, IncomingRecord, UserChange } from '@rolebridge/contracts';
import { readOperations, readStatedUser, ScimError } from '@rolebridge/scim';
import type { UserModel } from '@rolebridge/scim';
import type { Change } from './change.ts';
import type { Arrival, Moment } from './source-line.ts';

/** A change event as read. */
export interface SourceEvent extends Arrival {
  /** Hash of source and record id: the line it belongs to. */
  readonly key: string;
  readonly source: string;
  readonly id: string;
  readonly correlationId: string;
  /** What is asked for, or why it cannot be read. */
  readonly change: Change | ScimError;
  readonly record: IncomingRecord;
}

export type Reading = { readonly kind: 'event'; readonly event: SourceEvent } | { readonly kind: 'malformed'; readonly failure: Failure };

/** PURE. Reads a record of `idm.user-change.v1`. Malformed is what cannot even be put into its line. */
export function readSourceEvent(record: IncomingRecord, model: UserModel): Reading {
  try {
    const { value, attributes } = parseRecord('userChange', record);
    return {
      kind: 'event',
      event: {
        key: sourceKey(attributes.source, value.recordId),
        source: attributes.source,
        id: attributes.id,
        correlationId: attributes.correlationid,
        whole: value.operation === 'create' || value.operation === 'replace' || value.operation === 'delete',
        ends: value.operation === 'delete',
        moment: momentOf(attributes.time, record),
        ...(value.sequence !== undefined && { sequence: value.sequence }),
        change: changeOf(value, model),
        record,
      },
    };
  } catch (error) {
    if (error instanceof ClassifiedError) return { kind: 'malformed', failure: error.failure };
    throw error;
  }
}

/** What its sender says, unless that lies after the record: a date of effect is not when it happened. */
function momentOf(told: string, { timestamp, offset }: IncomingRecord): Moment {
  const toldMs = Date.parse(told);
  return { atMs: Number.isNaN(toldMs) ? timestamp : Math.min(toldMs, timestamp), ...(offset >= 0 && { offset }) };
}

function changeOf(value: UserChange, model: UserModel): Change | ScimError {
  try {
    return readChange(value, model);
  } catch (error) {
    if (error instanceof ScimError) return error;
    throw error;
  }
}

function readChange({ operation, user, patch }: UserChange, model: UserModel): Change {
  if (operation === 'create' || operation === 'replace') return { kind: 'create', user: readStatedUser(user, model), ifExists: 'replace' };
  return operation === 'patch' ? { kind: operation, operations: readOperations(patch) } : { kind: operation };
}
