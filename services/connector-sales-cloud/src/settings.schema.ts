/** Exactly one of `env` and `file`. */
const secret = {
  type: 'object',
  minProperties: 1,
  maxProperties: 1,
  additionalProperties: false,
  properties: { env: { type: 'string', minLength: 1 }, file: { type: 'string', minLength: 1 } },
} as const;

const text = (maxLength: number) => ({ type: 'string', minLength: 1, maxLength }) as const;
const oneOf = (first: string, ...others: readonly string[]) => ({ type: 'string', enum: [first, ...others], default: first }) as const;
const flag = (byDefault: boolean) => ({ type: 'boolean', default: byDefault }) as const;

const authentication = {
  type: 'object',
  required: ['kind'],
  discriminator: { propertyName: 'kind' },
  oneOf: [
    {
      required: ['user', 'password'],
      additionalProperties: false,
      properties: { kind: { const: 'basic' }, user: text(200), password: secret },
    },
    {
      required: ['certificate', 'key'],
      additionalProperties: false,
      properties: { kind: { const: 'certificate' }, certificate: secret, key: secret, passphrase: secret },
    },
    {
      required: ['tokenUrl', 'clientId', 'clientSecret'],
      additionalProperties: false,
      properties: {
        kind: { const: 'oauth' },
        tokenUrl: { type: 'string', pattern: '^https?://' },
        clientId: text(500),
        clientSecret: secret,
        scope: text(500),
        clientIn: { type: 'string', enum: ['header', 'form'] },
      },
    },
  ],
} as const;

/** Lengths as in the public service definition (SAP-samples/cloud-integration-flow, recipe sapipsintegration). */
const codes = {
  type: 'object',
  additionalProperties: false,
  default: {},
  properties: {
    businessCharacter: { ...text(6), default: '14' },
    unitIdType: { ...text(15), default: '917' },
    primaryUnit: { ...text(10), default: '219' },
    furtherUnit: { ...text(10), default: '222' },
  },
} as const;

/** JSON Schema of `settings` of a system of kind `sales-cloud`. */
export const SETTINGS_SCHEMA = {
  type: 'object',
  required: ['authentication', 'senderParty', 'recipientParty'],
  additionalProperties: false,
  properties: {
    path: { type: 'string', pattern: '^/[^?#\\s]*$', default: '/sap/bc/srt/scs/sap/employeereplicationin2' },
    vhost: text(255),
    allowPlainHttp: flag(false),
    authentication,
    trustedCa: secret,
    senderParty: text(32),
    recipientParty: text(32),
    messageIdInQuery: flag(true),
    generationHeader: flag(false),
    probe: oneOf('get', 'none'),
    accountKey: oneOf('userName', 'employeeNumber', 'userId'),
    keyElement: oneOf('EmployeeID', 'ReceiverEmployeeID'),
    language: { type: 'string', pattern: '^[A-Za-z]{2}$' },
    codes,
    endDate: { type: 'string', format: 'date', default: '9999-12-31' },
    unitIds: oneOf('receiver', 'sender'),
    salesResponsibilities: flag(true),
    defaultResponsibility: flag(false),
    assignmentsAdopted: flag(false),
    unitEnd: oneOf('remove', 'end-date'),
    removeAction: oneOf('05', '03'),
    deleteMode: oneOf('lock', 'remove'),
  },
} as const;
