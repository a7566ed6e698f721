import { randomUUID } from 'node:crypto';

/**
 * CloudEvents 1.0, Kafka protocol binding, binary mode: attributes travel as `ce_…` headers, the value is the bare data
 * (cloudevents/spec, `kafka-protocol-binding.md` §3.2).
 */
export interface EventAttributes {
  readonly id: string;
  /** URI reference of the writer, e.g. `/rolebridge/ingest`. */
  readonly source: string;
  /** e.g. `io.rolebridge.identity.user.v1`. */
  readonly type: string;
  /** The key of the record: user id. */
  readonly subject: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  /** Extension attribute, one per request, from the front door to the call at the target. */
  readonly correlationid: string;
}

export type Headers = Readonly<Record<string, string>>;

const REQUIRED = ['id', 'source', 'type'] as const;

/** The headers of a record. `id` is drawn when none is given. */
export function toHeaders(attributes: Omit<EventAttributes, 'id'> & { readonly id?: string }): Headers {
  const { id, ...rest } = attributes;
  return {
    ce_specversion: '1.0',
    ce_id: id ?? randomUUID(),
    ...Object.fromEntries(Object.entries(rest).map(([name, value]) => [`ce_${name}`, value])),
    'content-type': 'application/json',
  };
}

/** Reads the attributes back; names the first one that is missing or an unknown `specversion`. */
export function fromHeaders(headers: Headers): { readonly ok: true; readonly value: EventAttributes } | { readonly ok: false; readonly problem: string } {
  if (headers['ce_specversion'] !== '1.0') return { ok: false, problem: 'header ce_specversion must be "1.0"' };
  const missing = REQUIRED.find((name) => !headers[`ce_${name}`]);
  if (missing) return { ok: false, problem: `header ce_${missing} is missing` };
  return { ok: true, value: attributesOf(headers) };
}

function attributesOf({ ce_id: id = '', ce_source: source = '', ce_type: type = '', ce_subject: subject = '', ce_time: time = '', ce_correlationid: correlationid = id }: Headers): EventAttributes {
  return { id, source, type, subject, time, correlationid };
}
