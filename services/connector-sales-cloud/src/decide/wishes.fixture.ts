import type { DesiredAccount, Entitlement, EntitlementList, ScimUser } from '@rolebridge/contracts';
import type { LinkView, Plan, Step } from '@rolebridge/connector-sdk';
import { parseSettings } from '../parse-settings.ts';
import type { SalesCloudSettings } from '../settings.ts';
import { isPayload } from './message.ts';
import type { EmployeeMessage } from './message.ts';
import { planAccount } from './plan.ts';
import type { SalesCloudState } from './state.ts';

/** Valid wishes and settings for tests; each test overrides what matters to it. */

export const TODAY = '2026-11-22';

export function aWish(overrides: Partial<DesiredAccount> = {}, attributes: Partial<ScimUser> = {}): DesiredAccount {
  return {
    system: 'sales-cloud',
    userId: '5f0c9a1e-3b7d-4c55-9a53-2f9be1f0a001',
    generation: 7,
    userGeneration: 12,
    ruleSet: 1,
    presence: 'active',
    urgency: 'normal',
    attributes: {
      userName: 'LNG',
      name: { givenName: 'Li', familyName: 'Ng' },
      emails: [{ value: 'li.ng@example.org', type: 'work', primary: true }],
      ...attributes,
    },
    entitlements: { unit: unitList(['100'], '100'), role: list(['FIELD_SALES']) },
    cause: { operation: 'replace', at: '2026-11-22T08:00:00.000Z', by: 'ips', correlationId: 'c-1' },
    ...overrides,
  };
}

export function list(values: readonly string[], complete = true): EntitlementList {
  return { complete, items: values.map((value): Entitlement => ({ value, rules: ['test'] })) };
}

export function unitList(values: readonly string[], primary?: string, complete = true): EntitlementList {
  return { complete, items: values.map((value): Entitlement => ({ value, rules: ['test'], primary: value === primary })) };
}

export function someSettings(overrides: Readonly<Record<string, unknown>> = {}): SalesCloudSettings {
  return parseSettings({
    name: 'sales-cloud',
    kind: 'sales-cloud',
    mode: 'active',
    url: 'https://my000001.crm.ondemand.com',
    limits: { concurrency: 4, perMinute: 0, timeoutMs: 1000 },
    settleMs: 100,
    settings: { senderParty: 'ROLEBRIDGE', recipientParty: 'C4CSIM', authentication: { kind: 'basic', user: 'u', password: { env: 'P' } }, ...overrides },
  });
}

export interface Past {
  readonly lastApplied?: SalesCloudState;
  readonly attempted?: readonly SalesCloudState[];
  readonly accountKey?: string;
}

export function planFor(wish: DesiredAccount, past: Past = {}, settings: SalesCloudSettings = someSettings(), today: string = TODAY): Plan<SalesCloudState> {
  const { lastApplied, attempted = [], accountKey = 'LNG' } = past;
  const link: LinkView<SalesCloudState> = { system: wish.system, userId: wish.userId, accountKey, attempted, ...(lastApplied ? { lastApplied } : {}) };
  return planAccount({ desired: wish, link, observation: { readable: false }, today }, { settings, settingsHash: 'h1' });
}

/** The plan when it has steps or needs none; a refusal fails the test. */
export function steps(plan: Plan<SalesCloudState>): Extract<Plan<SalesCloudState>, { kind: 'steps' }> {
  if (plan.kind === 'refuse') throw new Error(`Refused: ${plan.failure.message}`);
  return plan;
}

export function onlyStep(plan: Plan<SalesCloudState>): Step {
  const [step, ...others] = steps(plan).steps;
  if (!step || others.length > 0) throw new Error('Expected exactly one step.');
  return step;
}

export function messageOf(plan: Plan<SalesCloudState>): EmployeeMessage {
  const { payload } = onlyStep(plan);
  if (!isPayload(payload)) throw new Error('Not a payload of this connector.');
  return payload.message;
}
