import { createHash } from 'node:crypto';
import type { BundleMember, CallContext, Connector, ConnectorDependencies, MemberResult, SeenAccount, SeenEntitlement, SharedToken, Step, StepResult } from '@rolebridge/connector-sdk';
import type { DesiredAccount } from '@rolebridge/contracts';
import { resolveSecret, type System } from '@rolebridge/landscape';
import { canonical } from './decide/attributes.ts';
import type { PlanRules } from './decide/context.ts';
import { concernedGroups, type ConcernedGroups } from './decide/groups.ts';
import { seenOf } from './decide/mapping.ts';
import { planAccount } from './decide/plan.ts';
import type { FieldglassLink, FieldglassObservation, FieldglassState, GroupLook } from './decide/state.ts';
import type { FieldglassPayload, UnitsPayload } from './decide/steps.ts';
import { loginProblem } from './decide/validation.ts';
import { readSettings, rolesAreGroups } from './read-settings.ts';
import type { FieldglassSettings } from './settings.ts';
import { AuditTrail } from './target/audit-trail.client.ts';
import type { CallScope } from './target/call-scope.ts';
import { GroupsClient } from './target/groups.client.ts';
import { HINTS } from './target/fieldglass.hints.ts';
import { Http } from './target/http.ts';
import { ScimClient } from './target/scim.client.ts';
import type { FoundAccount, FoundGroup } from './target/scim.schema.ts';
import { fetchToken } from './target/token.client.ts';
import { UploadClient } from './target/upload.client.ts';

/** Raised when the meaning of the settings or the attribute mapping changes, so that every link is looked at again (L13). */
const MAPPING_VERSION = 3;

const TOKEN_NAME = 'fieldglass-oauth';

/**
 * SAP Fieldglass: users and groups by SCIM, business units by the upload service; roles are groups, or uploaded where that is configured.
 * Throws ConfigurationError with one message per field.
 */
export function fieldglassConnector(system: System, dependencies: ConnectorDependencies): Connector<FieldglassState, FieldglassObservation> {
  const settings = readSettings(system);
  const clients = connect(system, settings, dependencies);
  const rules = rulesOf(settings);
  return {
    kind: 'fieldglass',
    confirmable: true,
    hints: HINTS,
    settingsHash: settingsHash(settings),
    keyCandidates: ({ attributes }) => (loginProblem(attributes.userName) ? [] : [attributes.userName]),
    observe: (link, desired, call) => observe(clients, { link, desired, roles: rules.roles }, scopeOf(call)),
    seen: (observation) => (observation.found ? seenOf(observation) : null),
    listAccounts: (signal) => listAccounts(clients, { correlationId: '', signal }),
    listEntitlements: (signal) => listGroups(clients.groups, { correlationId: '', signal }),
    plan: (input) => planAccount(input, rules),
    apply: (step, _, call) => apply(step, clients, { call, settings }),
    groups: {
      read: (group, call) => clients.groups.read(group, scopeOf(call)),
      write: (change, call) => clients.groups.write(change, scopeOf(call)),
    },
    bundle: {
      maxSize: settings.uploadBatch,
      bundleOf: (step) => (payloadOf(step).kind === 'set-units' ? 'units' : undefined),
      apply: (members, call) => uploadTogether(members, clients.upload, scopeOf(call)),
    },
    probe: (signal) => probe(clients, signal),
    close: () => clients.http.close(),
  };
}

function rulesOf(settings: FieldglassSettings): PlanRules {
  const { activeSupported, updateMethod, deleteMode, unitList, roles } = settings;
  const others = roles === undefined ? 'none' : 'upload';
  return { activeSupported, updateMethod, deleteMode, unitList, roles: rolesAreGroups(settings) ? 'groups' : others };
}

interface Clients {
  readonly http: Http;
  readonly scim: ScimClient;
  readonly upload: UploadClient;
  readonly groups: GroupsClient;
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
  const scim = new ScimClient({ http, token, url: at(settings.scimBasePath), headers });
  return { http, scim, upload, groups: new GroupsClient(scim, { method: settings.groupUpdateMethod, nowMs: Date.now }) };
}

interface Subject extends Pick<PlanRules, 'roles'> {
  readonly link: FieldglassLink;
  readonly desired: DesiredAccount;
}

/** By the known id; when that is gone, or not known yet, by login. With the groups that are wished or were given. */
async function observe(clients: Clients, { link, desired, roles }: Subject, scope: CallScope): Promise<FieldglassObservation> {
  const account = await findAccount(clients.scim, link, scope);
  const { names, all } = concernedGroups(desired, link, roles);
  if (names.length === 0 && !all) return account;
  return { ...account, groups: await lookAtGroups(clients.groups, { names, all, accountId: account.found ? account.id : undefined }, scope) };
}

async function findAccount(scim: ScimClient, { accountId, accountKey }: FieldglassLink, scope: CallScope): Promise<FieldglassObservation> {
  const known = accountId === undefined ? undefined : await scim.read(accountId, scope);
  if (known?.found || accountKey === '') return known ?? { found: false };
  return scim.find(accountKey, scope);
}

interface GroupQuestion extends ConcernedGroups {
  readonly accountId: string | undefined;
}

async function lookAtGroups(client: GroupsClient, { names, all, accountId }: GroupQuestion, scope: CallScope): Promise<readonly GroupLook[]> {
  const found: FoundGroup[] = [];
  if (all) for await (const page of client.pages(scope)) found.push(...page);
  else for (const name of names) found.push(...[await client.lookAt(name, scope)].filter((group) => group !== undefined));
  return found.map(({ name, members = [] }) => ({ name, member: accountId !== undefined && members.includes(accountId) }));
}

/** Memberships stand with the groups, so the groups are read first. */
async function* listAccounts({ scim, groups }: Clients, scope: CallScope): AsyncGenerator<readonly SeenAccount[]> {
  const held = new Map<string, SeenEntitlementName[]>();
  for await (const page of groups.pages(scope)) {
    for (const { name, members = [] } of page) {
      for (const member of members) held.set(member, [...(held.get(member) ?? []), { type: 'group', value: name }]);
    }
  }
  for await (const page of scim.pages(scope)) yield page.map((account) => ({ ...seenOf(account), entitlements: held.get(account.id) ?? [] }));
}

type SeenEntitlementName = Pick<SeenEntitlement, 'type' | 'value'>;

async function* listGroups(client: GroupsClient, scope: CallScope): AsyncGenerator<readonly SeenEntitlement[]> {
  for await (const page of client.pages(scope)) yield page.map(({ id, name }) => ({ type: 'group', id, value: name, display: name }));
}

interface Circumstances {
  readonly call: CallContext;
  readonly settings: FieldglassSettings;
}

function payloadOf(step: Step): FieldglassPayload {
  return step.payload as FieldglassPayload; // made by our own plan and handed through unchanged
}

async function apply(step: Step, clients: Clients, { call, settings }: Circumstances): Promise<StepResult> {
  const payload = payloadOf(step);
  const scope = scopeOfStep(call, settings, payload);
  switch (payload.kind) {
    case 'create':
      return createdBy(await clients.scim.create(payload, scope));
    case 'replace':
      return shownBy(await clients.scim.replace(payload, scope));
    case 'patch':
      return shownBy(await clients.scim.patch(payload, scope));
    case 'delete':
      await clients.scim.delete(payload, scope);
      return { seen: null };
    case 'set-units':
      await clients.upload.setUnits(payload, scope);
      return UNSEEN;
    case 'set-roles':
      await clients.upload.setRoles(payload, scope);
      return UNSEEN;
  }
}

function scopeOfStep(call: CallContext, { generationHeader }: FieldglassSettings, { generation }: FieldglassPayload): CallScope {
  return { ...scopeOf(call), ...(generationHeader ? { generation } : {}) };
}

function createdBy(account: FoundAccount): StepResult {
  return { accountId: account.id, seen: seenOf(account) };
}

/** An answer without the user says nothing; then the SDK looks. */
function shownBy(account: FoundAccount | undefined): StepResult {
  return account ? { seen: seenOf(account) } : {};
}

/** Units and uploaded roles are never shown by the target, so what can be seen stays as it was. */
const UNSEEN: StepResult = { seen: 'as-before' };

/** Several people's units in one file. */
async function uploadTogether(members: readonly BundleMember<FieldglassState>[], upload: UploadClient, scope: CallScope): Promise<readonly (MemberResult | undefined)[]> {
  const payloads = members.map(({ step }) => payloadOf(step)).filter((payload): payload is UnitsPayload => payload.kind === 'set-units');
  const results = await upload.setUnitsOf(payloads, scope);
  return results.map((result) => (result === 'done' ? { result: UNSEEN } : result && { failure: result }));
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
function settingsHash(settings: FieldglassSettings): string {
  const { activeSupported, deleteMode, unitList, connectorName, roles } = settings;
  const shape = { version: MAPPING_VERSION, activeSupported, deleteMode, unitList, connectorName, roles, roleGroups: rolesAreGroups(settings) };
  return createHash('sha256').update(canonical(shape)).digest('hex').slice(0, 16);
}
