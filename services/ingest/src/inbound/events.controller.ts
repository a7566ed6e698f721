import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import { PROBLEM_TYPE } from '@rolebridge/access/nest';
import { topicName } from '@rolebridge/contracts';
import { CORRELATION_HEADER } from '@rolebridge/observability';
import { ScimError } from '@rolebridge/scim';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { InboxParts } from '../store/inbox-parts.ts';
import type { BoundedIntake } from './bounded-intake.ts';
import { EVENTS_PATH } from './door-area.ts';
import { answerOfOutcome, answerOfProblem, failureOfEnvelope, type EventAnswer } from './event-answer.ts';
import { binaryEvent, structuredEvent, type Envelope } from './event-envelope.ts';
import { recordOf } from './event-record.ts';
import { bodyOf } from './json-body.ts';
import { EVENT_INTAKE, INBOX_PARTS } from './tokens.ts';

/** Most events of one batch. */
const MAX_BATCH = 1000;
const STRUCTURED = /^application\/cloudevents\+json\s*(?:;|$)/i;
const BATCH = /^application\/cloudevents-batch\+json\s*(?:;|$)/i;

/** Change events over HTTP: CloudEvents 1.0, binary, structured or batch. What the topic `idm.user-change.v1` carries, answered once it is committed. */
@Controller(EVENTS_PATH)
export class EventsController {
  readonly #parts: Pick<InboxParts, 'settings' | 'now'>;
  readonly #intake: BoundedIntake;

  constructor(@Inject(INBOX_PARTS) parts: Pick<InboxParts, 'settings' | 'now'>, @Inject(EVENT_INTAKE) intake: BoundedIntake) {
    this.#parts = parts;
    this.#intake = intake;
  }

  @Post()
  async take(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const type = request.headers['content-type'] ?? '';
    if (BATCH.test(type)) return this.#takeBatch(request, reply);
    const answer = await this.#answer(request, STRUCTURED.test(type) ? structuredEvent(bodyOf(request.body).json) : binaryEvent(request.headers, bytesOf(request)));
    if (answer.problem) void reply.code(answer.status).type(PROBLEM_TYPE).send(answer.problem);
    else void reply.code(answer.status).send();
  }

  /** Each event has its own result, in the order sent; 207 when any was refused. */
  async #takeBatch(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { json } = bodyOf(request.body);
    if (!Array.isArray(json)) throw ScimError.of('invalidSyntax', 'A batch must be a JSON array of events.');
    if (json.length > MAX_BATCH) throw ScimError.plain(413, `A batch has at most ${MAX_BATCH} events.`);
    const envelopes = json.map(structuredEvent);
    const answers = await Promise.all(envelopes.map((envelope) => this.#answer(request, envelope)));
    const results = answers.map((answer, at) => ({ ...nameOf(envelopes[at]), ...answer }));
    void reply.code(answers.some(({ problem }) => problem) ? 207 : 200).type('application/json').send(results);
  }

  /** An envelope that is wrong is a dead letter too, if it names the event. */
  async #answer(request: FastifyRequest, envelope: Envelope): Promise<EventAnswer> {
    const { settings, now } = this.#parts;
    const place = { topic: topicName('userChange', {}, settings.topicPrefix), timestamp: now().getTime(), correlationId: String(request.headers[CORRELATION_HEADER] ?? request.id) };
    const record = recordOf(envelope, place);
    if (envelope.kind === 'event') return answerOfOutcome(await this.#intake.accept(record));
    if (record.headers['ce_id'] && record.headers['ce_source']) await this.#intake.refuse(record, failureOfEnvelope(envelope.problem));
    return answerOfProblem(envelope.problem);
  }
}

function bytesOf(request: FastifyRequest): Buffer | undefined {
  return request.body === undefined || request.body === null ? undefined : bodyOf(request.body).bytes;
}

function nameOf(envelope: Envelope | undefined): { readonly id?: string; readonly source?: string } {
  const { id, source } = envelope?.attributes ?? {};
  return { ...(id !== undefined && { id }), ...(source !== undefined && { source }) };
}
