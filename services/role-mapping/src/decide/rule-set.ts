import type { EntitlementType, SystemName } from '@rolebridge/contracts';

/**
 * Rules as people write them: one folder per system, any number of YAML files in it, checked against
 * `schemas/rules.schema.json`. The meaning of every field is described there and in the README of this service.
 */

/** Exact text, a pattern with `*`, a list of such, or a spelled-out form. */
export type Matcher = string | readonly string[] | { readonly equals?: string; readonly oneOf?: readonly string[]; readonly prefix?: string };

export interface AttributeCondition {
  /** SCIM path in the canonical user: `userType`, `name.familyName`, `emails[type eq "work"].value`, `<URN>:costCenter`. */
  readonly path: string;
  readonly equals?: string;
  readonly oneOf?: readonly string[];
  readonly prefix?: string;
  readonly present?: boolean;
  /** Compares without regard to case; default exact. */
  readonly ignoreCase?: boolean;
}

/** All fields that are given must hold. */
export interface Condition {
  readonly everybody?: true;
  readonly unit?: Matcher;
  readonly primaryUnit?: Matcher;
  readonly attribute?: AttributeCondition | readonly AttributeCondition[];
  readonly group?: { readonly id?: Matcher; readonly name?: Matcher };
  readonly all?: readonly Condition[];
  readonly any?: readonly Condition[];
  readonly not?: Condition;
}

/** `{unit}` in a value stands for each unit that met the rule's own `unit` condition. */
export interface EntitlementValues {
  readonly roles?: readonly string[];
  readonly units?: readonly string[];
  readonly groups?: readonly string[];
}

/** Dates (whole UTC days, `validTo` included) or instants; see `validity.ts`. */
export interface Validity {
  readonly validFrom?: string;
  readonly validTo?: string;
}

export interface Rule extends Validity {
  readonly name: string;
  readonly description?: string;
  readonly when: Condition;
  readonly give: EntitlementValues;
}

export interface Deny extends Validity {
  readonly name: string;
  readonly description?: string;
  readonly when: Condition;
  /** Values, or patterns with `*`, that nobody who meets the condition may have, whoever gave them. */
  readonly take: EntitlementValues;
}

export const PRIMARY_UNIT_POLICIES = ['first', 'none', 'reject'] as const;
export type PrimaryUnitPolicy = (typeof PRIMARY_UNIT_POLICIES)[number];

export interface Settings {
  /** How unit codes are compared: as written (default), or without regard to case. */
  readonly unitCase?: 'exact' | 'ignore';
  /** What to do when the source states no primary unit that the person has; default `none`. */
  readonly primaryUnit?: PrimaryUnitPolicy;
  /** `true`: an empty role list of the source takes passed-through roles away. Default `false`: keep and warn. */
  readonly allowEmptyRoleSet?: boolean;
  /** The same for the list of units; default `false`. */
  readonly allowEmptyUnitSet?: boolean;
  /** Types that nobody else assigns in this system: their lists may replace what is there (`complete`). Default none (L28). */
  readonly authoritative?: readonly EntitlementType[];
}

export interface PassThrough {
  /** Units of the source become units of the account, unchanged. */
  readonly units?: boolean | { readonly allow: readonly string[] };
  /** Roles of the source become roles of the account; `allow` lists names or patterns with `*`. */
  readonly roles?: boolean | { readonly allow: readonly string[] };
}

/** One file. `account`, `settings`, `passThrough` and `default` stand in one file of the folder each. */
export interface RuleFile {
  readonly account?: { readonly when: Condition };
  readonly settings?: Settings;
  readonly passThrough?: PassThrough;
  readonly rules?: readonly Rule[];
  /** Per type: given when no rule gave a value of that type. */
  readonly default?: { readonly give: EntitlementValues };
  readonly deny?: readonly Deny[];
}

/** The files of one system put together, in order of file name. */
export interface SystemRules extends RuleFile {
  readonly account: { readonly when: Condition };
}

/** What is stored as one version: everything that decides, nothing about files. */
export interface RuleSet {
  readonly systems: Readonly<Record<SystemName, SystemRules>>;
}

/** Names under which entitlements are given that no rule gave; rules may not be called so. */
export const PASS_THROUGH = 'pass-through';
export const DEFAULT_RULE = 'default';
export const requestedBy = (caller: string): string => `request:${caller}`;

/** The list of a rule file for each type of entitlement. */
export const LIST_OF = { unit: 'units', role: 'roles', group: 'groups' } as const satisfies Record<EntitlementType, keyof EntitlementValues>;

/** In a value: each unit that met the rule's own `unit` condition. */
export const UNIT_PLACEHOLDER = '{unit}';
export const hasPlaceholder = (value: string): boolean => value.includes(UNIT_PLACEHOLDER);
