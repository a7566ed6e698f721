import { bodyText, type Answer, type SimulatorContext } from '@rolebridge/simulator-kit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { queryOf, type Access } from './access.ts';
import type { Environment } from './options.ts';
import { scimError } from './scim-messages.ts';
import { headerOf } from './scim.routes.ts';
import { uploadFault, uploadReply } from './upload-answers.ts';
import { readFile } from './upload-file.ts';
import { MEDIA_TYPES, readRequest, type UploadRequest } from './upload-request.ts';
import type { Uploads } from './uploads.ts';

export const UPLOAD_PATH = '/ws2/services/connectorn';
const AUDIT_TRAIL_PATH = '/api/vc/auditTrail';

export interface UploadParts {
  readonly access: Access;
  readonly uploads: Uploads;
  readonly environment: Environment;
}

/** Interface B and the audit trail that tells what became of it. */
export function uploadRoutes(app: FastifyInstance, context: SimulatorContext, parts: UploadParts): void {
  const { access, uploads, environment } = parts;
  app.post(UPLOAD_PATH, (request, reply) => {
    const parsed = readRequest(bodyText(request), environment.soapVersion);
    const generation = headerOf(request, 'x-rolebridge-generation');
    const call = { operation: 'dataTransfer', ...(parsed.ok ? aimOf(parsed.request, environment) : {}), ...(generation === undefined ? {} : { generation }) };
    return context.perform(request, reply, call, () => {
      const media = mediaRefusal(request, environment);
      if (media) return media;
      return parsed.ok ? answer(parsed.request, generation, parts) : uploadFault(environment.soapVersion, parsed.code, parsed.problem);
    });
  });
  app.get(AUDIT_TRAIL_PATH, (request, reply) =>
    context.perform(request, reply, { operation: 'auditTrail' }, () => {
      const record = uploads.audit(queryOf(request).get('TransactionId') ?? '');
      const header = { appVersion: '1', numRecs: record ? 1 : 0, status: 'OK', details: '' };
      return access.refusal(request) ?? { status: 200, body: JSON.stringify({ HEADER: header, PAYLOAD: record ? [record] : [] }) };
    }),
  );
}

function answer({ username, password, connector, text }: UploadRequest, generation: string | undefined, { uploads, environment }: UploadParts): Answer {
  const { soapVersion, uploadUsername, uploadPassword } = environment;
  if (username !== uploadUsername || password !== uploadPassword) return uploadReply(soapVersion, { returnCode: 100, explanation: 'authentication failed' });
  const { writes, ...result } = uploads.take(connector, text, generation);
  return { ...uploadReply(soapVersion, result), writes };
}

/** Whom an upload is about, for the log and for faults that are aimed at a user. */
function aimOf({ connector, text }: UploadRequest, environment: Environment): { readonly key?: string; readonly aliases?: readonly string[]; readonly users?: number } {
  const file = readFile(connector, text, environment);
  const logins = file.ok ? [...new Set(file.rows.map(({ userName }) => userName))] : [];
  return logins[0] === undefined ? {} : { key: logins[0], aliases: logins.slice(1), users: logins.length };
}

function mediaRefusal(request: FastifyRequest, { soapVersion }: Environment): Answer | undefined {
  const type = request.headers['content-type']?.split(';')[0]?.trim();
  return type === MEDIA_TYPES[soapVersion] ? undefined : scimError(415, `media type ${type ?? '(none)'} is not supported`);
}
