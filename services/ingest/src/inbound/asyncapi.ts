import { topicName, TOPICS } from '@rolebridge/contracts';
import { contractSchema } from './described-contract.ts';
import type { JsonSchema } from './described-resource.ts';

/** Attributes of the envelope; on the topic and in binary mode they are headers (CloudEvents 1.0). */
const ATTRIBUTES = ['specversion', 'id', 'source', 'type', 'subject', 'time', 'correlationid'] as const;
const REQUIRED = ['specversion', 'id', 'source', 'type'] as const;

/** The AsyncAPI 3.0 document of the change events, from the contract that checks them. */
export function asyncApi(version: string, topicPrefix: string): JsonSchema {
  const { eventType, key } = TOPICS.userChange;
  return {
    asyncapi: '3.0.0',
    info: { title: 'Rolebridge change events', version, description: 'What an identity system says about one person, in order, each event once by source and id.' },
    defaultContentType: 'application/json',
    channels: {
      userChange: { address: topicName('userChange', {}, topicPrefix), description: `Kafka. The key of a record: ${key}.`, messages: { userChange: { $ref: '#/components/messages/userChange' } }, bindings: { kafka: { bindingVersion: '0.5.0' } } },
      events: { address: '/events', description: 'HTTP POST, one event a request, or several as application/cloudevents-batch+json.', messages: { userChange: { $ref: '#/components/messages/userChangeOverHttp' } }, bindings: { http: {} } },
    },
    operations: {
      takeFromTopic: { action: 'receive', channel: { $ref: '#/channels/userChange' }, messages: [{ $ref: '#/channels/userChange/messages/userChange' }] },
      takeFromHttp: { action: 'receive', channel: { $ref: '#/channels/events' }, messages: [{ $ref: '#/channels/events/messages/userChange' }], bindings: { http: { method: 'POST', bindingVersion: '0.3.0' } } },
    },
    components: { messages: { userChange: message('ce_', eventType), userChangeOverHttp: message('ce-', eventType) }, schemas: { userChange: contractSchema('userChange') } },
  };
}

function message(prefix: string, eventType: string): JsonSchema {
  const known: Readonly<Record<string, JsonSchema>> = { specversion: { const: '1.0' }, type: { const: eventType } };
  return {
    name: eventType,
    contentType: 'application/json',
    headers: {
      type: 'object',
      required: REQUIRED.map((name) => prefix + name),
      properties: Object.fromEntries(ATTRIBUTES.map((name) => [prefix + name, known[name] ?? { type: 'string' }])),
    },
    payload: { $ref: '#/components/schemas/userChange' },
  };
}
