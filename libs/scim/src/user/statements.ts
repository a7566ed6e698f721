import { URN } from '../schema/urns.ts';
import { invalid } from './read-value.ts';
import type { CustomAttributes, User } from './scim-user.ts';

/** Where the source states business units and roles. */
export interface StatementNames {
  /** URNs of the custom extensions, first wins. */
  readonly extensions: readonly string[];
  readonly units: string;
  readonly primaryUnit: string;
  readonly roles: string;
}

export interface StatementSettings extends StatementNames {
  /** Splits the lists, usually `,`. */
  readonly separator: string;
  /** `exact`: `A1` and `a1` are two units. `upper`: unit codes are compared and kept in upper case. */
  readonly unitCase: 'exact' | 'upper';
}

export const DEFAULT_STATEMENTS: StatementSettings = {
  extensions: [URN.sapCustomUser],
  units: 'z_assignedInstitutes',
  primaryUnit: 'z_primaryInstitute',
  roles: 'z_roles',
  separator: ',',
  unitCase: 'exact',
};

/**
 * What the source says about units and roles. A missing member is *no statement*, an empty list is *stated to be none* (R-12):
 * the attribute is missing or `null` in the first case, and empty or nothing but separators in the second.
 */
export interface Statements {
  readonly units?: readonly string[];
  readonly primaryUnit?: string;
  readonly roles?: readonly string[];
}

/** Longest unit code or role name. Targets may allow less; their connectors refuse what does not fit. */
export const STATEMENT_MAX_LENGTH = 255;

/** @throws ScimError `invalidValue` when a unit or role is too long */
export function statementsOf(user: User, settings: StatementSettings): Statements {
  const code = settings.unitCase === 'upper' ? (text: string) => text.toUpperCase() : (text: string) => text;
  const units = valueOf(user, settings.units, settings.extensions);
  const primary = valueOf(user, settings.primaryUnit, settings.extensions)?.trim();
  const roles = valueOf(user, settings.roles, settings.extensions);
  return {
    ...(units !== undefined && { units: checked(settings.units, splitList(units, settings.separator).map(code)) }),
    ...(primary && { primaryUnit: code(primary) }),
    ...(roles !== undefined && { roles: checked(settings.roles, splitList(roles, settings.separator)) }),
  };
}

/** Splits, trims, drops empties, keeps the first of equals in order: `"100, 200,"` → `['100', '200']`. */
export function splitList(text: string, separator: string): readonly string[] {
  const parts = text.split(separator).map((part) => part.trim());
  return [...new Set(parts.filter((part) => part !== ''))];
}

function checked(name: string, items: readonly string[]): readonly string[] {
  const distinct = [...new Set(items)];
  if (distinct.some((item) => item.length > STATEMENT_MAX_LENGTH)) {
    throw invalid(name, `must not hold an entry of more than ${STATEMENT_MAX_LENGTH} characters`);
  }
  return distinct;
}

function valueOf(user: User, name: string, extensions: readonly string[]): string | undefined {
  const wanted = name.toLowerCase();
  for (const urn of extensions) {
    // The reader has checked the extension against its schema.
    const extension = user[urn] as CustomAttributes | undefined;
    const found = extension?.attributes?.find((attribute) => attribute.name.toLowerCase() === wanted);
    if (found?.value !== undefined) return found.value;
  }
  return undefined;
}
