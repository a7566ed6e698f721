import { createHash } from 'node:crypto';
import type { CallContext, Connector, ConnectorDependencies, SeenAccount, SeenEntitlement, SharedObject, SharedToken, Step, StepResult } from '@rolebridge/connector-sdk';
import { ClassifiedError, type DesiredAccount, type Failure } from '@rolebridge/contracts';
import { resolveSecret, type System } from '@rolebridge/landscape';
import { canonical } from './decide/attributes.ts';
import type { PlanRules } from './decide/context.ts';
import { concernedGroups, type ConcernedGroups } from './decide/groups.ts';
import { seenOf } from './decide/mapping.ts';
import { planAccount } from './decide/plan.ts';
import type { FieldglassLink, FieldglassObservation, FieldglassState, GroupLook } from './decide/state.ts';
import type { FieldglassPayload, GroupsPayload, RolesPayload, UnitsPayload } from './decide/steps.ts';
import { loginProblem } from './decide/validation.ts';
import { readSettings } from './read-settings.ts';
import type { FieldglassSettings } from './settings.ts';
import { AuditTrail } from './target/audit-trail.client.ts';
import type { CallScope } from './target/call-scope.ts';
import { GroupsClient, type MembershipDelta, setGroups } from './target/groups.client.ts';
import { HINTS } from './target/fieldglass.hints.ts';
import { Http } from './target/http.ts';
import { ScimClient } from './target/scim.client.ts';
import type { FoundAccount, FoundGroup } from './target/scim.schema.ts';
import { fetchToken } from './target/token.client.ts';
import { UploadClient } from './target/upload.client.ts';

/** Raised when the meaning of the settings or the attribute mapping changes, so that every link is looked at again (L13). */
const MAPPING_VERSION = 2;

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
    hints: HINTS,
    settingsHash: settingsHash(settings),
    keyCandidates: ({ attributes }) => (loginProblem(attributes.userName) ? [] : [attributes.userName]),
    observe: (link, desired, call) => observe(clients, { link, desired }, scopeOf(call)),
    seen: (observation) => (observation.found ? seenOf(observation) : null),
    listAccounts: (signal) => listAccounts(clients, { correlationId: '', signal }),
    listEntitlements: (signal) => listGroups(clients.groups, { correlationId: '', signal }),
    plan: (input) => planAccount(input, rules),
    apply: (step, link, call) => apply(step, clients, { call, settings, link }),
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
  readonly groups: GroupsClient;
  /** One writer per group (L21). */
  readonly writeGroup: SharedObject<MembershipDelta>;
}

function connect({ name, url, limits }: System, settings: FieldglassSettings, { log, sharedToken, sharedObject }: ConnectorDependencies): Clients {
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
  const groups = new GroupsClient(scim);
  return { http, scim, upload, groups, writeGroup: sharedObject('group', (group, deltas) => groups.write(group, deltas)) };
}

interface Subject {
  readonly link: FieldglassLink;
  readonly desired: DesiredAccount;
}

/** By the known id; when that is gone, or not known yet, by login. With the groups that are wished or were given. */
async function observe(clients: Clients, { link, desired }: Subject, scope: CallScope): Promise<FieldglassObservation> {
  const account = await findAccount(clients.scim, link, scope);
  const { names, all } = concernedGroups(desired, link);
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
  else for (const name of names) found.push(...[await client.find(name, scope)].filter((group) => group !== undefined));
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
  readonly link: FieldglassLink;
}

async function apply(step: Step, clients: Clients, { call, settings, link }: Circumstances): Promise<StepResult> {
  const payload = step.payload as FieldglassPayload; // made by our own plan and handed through unchanged
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
    case 'set-roles':
    case 'set-groups':
      return applyList(payload, clients, { scope, accountId: link.accountId });
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

interface Aim {
  readonly scope: CallScope;
  readonly accountId: string | undefined;
}

/** Units and roles are never shown by the target, so what can be seen stays as it was. */
async function applyList(payload: UnitsPayload | RolesPayload | GroupsPayload, { upload, writeGroup }: Clients, { scope, accountId }: Aim): Promise<StepResult> {
  if (payload.kind === 'set-groups') {
    if (accountId === undefined) throw new ClassifiedError(NO_ACCOUNT);
    await setGroups(writeGroup, accountId, payload, scope);
    return { seen: 'as-before', told: { has: payload.add.map(asGroup), hasNot: payload.remove.map(asGroup) } };
  }
  if (payload.kind === 'set-units') await upload.setUnits(payload, scope);
  else await upload.setRoles(payload, scope);
  return { seen: 'as-before' };
}

const asGroup = (value: string): SeenEntitlementName => ({ type: 'group', value });

const NO_ACCOUNT: Failure = { kind: 'unclassified', code: 'no-account-id', message: 'Groups were to be set for an account without id. This is a defect of Rolebridge.' };

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
