import { startSimulator, type Answer, type Call, type OrderedFault, type ProtocolAnswers, type RunningSimulator } from '@rolebridge/simulator-kit';
import { Access } from './access.ts';
import { Accounts } from './accounts.ts';
import { Groups } from './groups.ts';
import { environmentOf, type Environment, type FieldglassSimulatorOptions } from './options.ts';
import { scimError } from './scim-messages.ts';
import { ScimUsers } from './scim-users.ts';
import { scimRoutes } from './scim.routes.ts';
import { uploadFault, uploadReply } from './upload-answers.ts';
import { Uploads } from './uploads.ts';
import { uploadRoutes } from './upload.routes.ts';

const TOKEN_PATH = '/api/oauth2/v2.0/token';

/** SAP Fieldglass as the sheet describes it, as a small server with faults on order. Strict: what is not documented is refused. */
export function startFieldglassSimulator(options: FieldglassSimulatorOptions): Promise<RunningSimulator> {
  const environment = environmentOf(options);
  const accounts = new Accounts(environment.nowMs);
  const access = new Access(environment);
  const users = new ScimUsers(accounts, environment);
  const groups = new Groups(accounts, environment.groups);
  const uploads = new Uploads(accounts, environment);
  return startSimulator({
    name: 'fieldglass',
    port: options.port,
    ...(options.host === undefined ? {} : { host: options.host }),
    nowMs: environment.nowMs,
    routes: (app, context) => {
      app.addHook('onRequest', async () => uploads.catchUp());
      app.post(TOKEN_PATH, (request, reply) => context.perform(request, reply, { operation: 'token' }, () => access.token(request)));
      scimRoutes(app, context, { access, accounts, users, groups, environment });
      uploadRoutes(app, context, { access, uploads, environment });
    },
    state: () => ({ ...shownState(accounts, uploads, access), groups: groups.state() }),
    reset: () => [accounts, groups, uploads, access].forEach((part) => part.clear()),
    answers: faultAnswers(environment),
  });
}

/** What checkers read: users in order of creation, and every effect in order. */
function shownState(accounts: Accounts, uploads: Uploads, access: Access): object {
  const users = accounts.all().map(({ id, userName, active, resource, units, roles }) => ({ id, userName, active, attributes: resource, units, roles }));
  return { users, effects: accounts.effects(), tokensIssued: access.issued, uploadsWaiting: uploads.waiting() };
}

type FaultAnswer = (fault: OrderedFault, call: Call) => Answer;

function either(upload: FaultAnswer, rest: FaultAnswer): FaultAnswer {
  return (fault, call) => (call.operation === 'dataTransfer' ? upload(fault, call) : rest(fault, call));
}

function faultAnswers({ soapVersion }: Environment): ProtocolAnswers {
  return {
    refuse: either(
      (_, { key }) => uploadFault(soapVersion, 'Client', `User ${key ?? ''} must not be changed`),
      () => scimError(400, 'this user is refused', 'invalidValue'),
    ),
    'error-code': either(
      ({ value = 106 }, { key }) => uploadReply(soapVersion, { returnCode: value, explanation: `Error ${value} for user ${key ?? ''}`, transactionId: 'T0' }),
      ({ value = 500 }) => scimError(value >= 400 && value <= 599 ? value : 500, 'error on order'),
    ),
    'soap-fault': either(
      (_, { key }) => uploadFault(soapVersion, 'Server', `Could not process user ${key ?? ''}`),
      () => scimError(500, 'fault on order'),
    ),
    'wrong-credentials': either(
      () => uploadReply(soapVersion, { returnCode: 100, explanation: 'authentication failed' }),
      () => scimError(401, 'the token is not valid'),
    ),
  };
}
