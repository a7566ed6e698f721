import type { DesiredAccount, EntitlementList, Presence, ScimUser } from '@rolebridge/contracts';

const USER_ID = '5b2f6d0e-4a52-4c55-9d0e-0c4f1c0f7a11';

export interface WishParts {
  readonly generation?: number;
  readonly presence?: Presence;
  readonly attributes?: Partial<ScimUser>;
  /** Missing: no statement about units. */
  readonly units?: readonly string[];
  readonly roles?: readonly string[];
  readonly userId?: string;
}

const KIM: ScimUser = {
  userName: 'mora.k',
  name: { givenName: 'Kim', familyName: 'Mora' },
  locale: 'en_US',
  emails: [{ value: 'kim.mora@example.org' }],
};

/** A desired account of Kim Mora, with whatever is said differently. */
export function wish({ generation = 1, presence = 'active', attributes, units, roles, userId = USER_ID }: WishParts = {}): DesiredAccount {
  return {
    system: 'fieldglass',
    userId,
    generation,
    userGeneration: generation,
    ruleSet: 1,
    presence,
    urgency: 'normal',
    attributes: { ...KIM, ...attributes },
    entitlements: { ...(units ? { unit: listOf(units) } : {}), ...(roles ? { role: listOf(roles) } : {}) },
    cause: { operation: 'create', at: '2026-11-22T08:00:00.000Z', by: 'ips', correlationId: `c-${generation}` },
  };
}

function listOf(values: readonly string[]): EntitlementList {
  return { complete: true, items: values.map((value) => ({ value, rules: ['test'] })) };
}
