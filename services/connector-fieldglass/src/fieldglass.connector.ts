import { createHash } from 'node:crypto';
import type { CallContext, Connector, ConnectorDependencies, SharedToken, Step, StepResult } from '@rolebridge/connector-sdk';
import { resolveSecret, type System } from '@rolebridge/landscape';
import { canonical } from './decide/attributes.ts';
import type { PlanRules } from './decide/context.ts';
import { planAccount } from './decide/plan.ts';
import type { FieldglassLink, FieldglassObservation, FieldglassState } from './decide/state.ts';
import type { FieldglassPayload } from './decide/steps.ts';
import { loginProblem } from './decide/validation.ts';
import { readSettings } from './read-settings.ts';
import type { FieldglassSettings } from './settings.ts';
import { AuditTrail } from './target/audit-trail.client.ts';
import type { CallScope } from './target/call-scope.ts';
import { Http } from './target/http.ts';
import { ScimClient } from './target/scim.client.ts';
import { fetchToken } from './target/token.client.ts';
import { UploadClient } from './target/upload.client.ts';

/** Raised when the meaning of the settings or the attribute mapping changes, so that every link is looked at again (L13). */
const MAPPING_VERSION = 1;

const TOKEN_NAME = 'fieldglass-oauth';

/**
 * SAP Fieldglass: users by SCIM, business units (and roles, where configured) by the upload service.
 * Throws ConfigurationError with one message per field.
 */
export function fieldglassConnector(system: System, dependencies: ConnectorDependencies): Connector<FieldglassState, FieldglassObservation> {
  const settings = readSettings(system);
  const clients = connect(system, settings, dependencies);
  const rules = rulesOf(settings);
  return {
    kind: 'fieldglass',
    confirmable: true,
    settingsHash: settingsHash(settings),
    keyCandidates: ({ attributes }) => (loginProblem(attributes.userName) ? [] : [attributes.userName]),
    observe: (link, _, call) => observe(clients.scim, link, scopeOf(call)),
    plan: (input) => planAccount(input, rules),
    apply: (step, _, call) => apply(step, clients, { call, settings }),
    probe: (signal) => probe(clients, signal),
    close: () => clients.http.close(),
  };
}

function rulesOf({ activeSupported, updateMethod, deleteMode, unitList, roles }: FieldglassSettings): PlanRules {
  return { activeSupported, updateMethod, deleteMode, unitList, rolesConfigured: roles !== undefined };
}

interface Clients {
  readonly http: Http;
  readonly scim: ScimClient;
  readonly upload: UploadClient;
}

function connect({ name, url, limits }: System, settings: FieldglassSettings, { log, sharedToken }: ConnectorDependencies): Clients {
  const at = (path: string): string => new URL(path, url).href;
  const http = new Http({ timeoutMs: limits.timeoutMs, connections: limits.concurrency, nowMs: Date.now });
  const headers: Readonly<Record<string, string>> = settings.applicationKeyHeader ? { [settings.applicationKeyHeader.name]: resolveSecret(settings.applicationKeyHeader.value) } : {};
  const [virtualPersonName, licenseKey] = [resolveSecret(settings.virtualPersonName), resolveSecret(settings.licenseKey)];
  const tokenRequest = { url: at(settings.tokenPath), virtualPersonName, licenseKey, headers };
  const token: SharedToken = sharedToken(TOKEN_NAME, () => fetchToken(http, { ...tokenRequest, signal: AbortSignal.timeout(limits.timeoutMs) }));
  const { asynchronous } = settings;
  const auditTrail = asynchronous && new AuditTrail({ http, token, url: at(asynchronous.auditTrailPath), headers, asynchronous, nowMs: Date.now });
  const upload = new UploadClient({
    settings,
    http,
    url: at(settings.connectorPath),
    username: resolveSecret(settings.uploadUsername),
    password: resolveSecret(settings.uploadPassword),
    ...(auditTrail ? { auditTrail } : {}),
    onTransaction: (transactionId, { correlationId }) => log.info({ system: name, transactionId, correlationId }, 'SAP Fieldglass accepted an upload.'),
  });
  return { http, scim: new ScimClient({ http, token, url: at(settings.scimBasePath), headers }), upload };
}

/** By the known id; when that is gone, or not known yet, by login. */
async function observe(scim: ScimClient, { accountId, accountKey }: FieldglassLink, scope: CallScope): Promise<FieldglassObservation> {
  const known = accountId === undefined ? undefined : await scim.read(accountId, scope);
  if (known?.found || accountKey === '') return known ?? { found: false };
  return scim.find(accountKey, scope);
}

async function apply(step: Step, { scim, upload }: Clients, { call, settings }: { readonly call: CallContext; readonly settings: FieldglassSettings }): Promise<StepResult> {
  const payload = step.payload as FieldglassPayload; // made by our own plan and handed through unchanged
  const scope = { ...scopeOf(call), ...(settings.generationHeader ? { generation: payload.generation } : {}) };
  switch (payload.kind) {
    case 'create':
      return { accountId: await scim.create(payload, scope) };
    case 'replace':
      await scim.replace(payload, scope);
      return {};
    case 'patch':
      await scim.patch(payload, scope);
      return {};
    case 'delete':
      await scim.delete(payload, scope);
      return {};
    case 'set-units':
      await upload.setUnits(payload, scope);
      return {};
    case 'set-roles':
      await upload.setRoles(payload, scope);
      return {};
  }
}

async function probe({ scim, upload }: Clients, signal: AbortSignal): Promise<void> {
  const scope = { correlationId: '', signal };
  await scim.probe(scope);
  await upload.probe(scope);
}

function scopeOf({ correlationId, signal }: CallContext): CallScope {
  return { correlationId, signal };
}

/** Only what changes an account: a new path, secret or envelope makes nobody due again. */
function settingsHash({ activeSupported, deleteMode, unitList, connectorName, roles }: FieldglassSettings): string {
  const shape = { version: MAPPING_VERSION, activeSupported, deleteMode, unitList, connectorName, roles };
  return createHash('sha256').update(canonical(shape)).digest('hex').slice(0, 16);
}
