import { parsePath } from './attribute-path.ts';
import { isList } from './matcher.ts';
import { DEFAULT_RULE, LIST_OF, PASS_THROUGH, hasPlaceholder } from './rule-set.ts';
import type { AttributeCondition, Condition, Deny, EntitlementValues, Rule, RuleFile, Validity } from './rule-set.ts';
import { windowOf } from './validity.ts';

type Path = readonly (string | number)[];

/** What is wrong where in a rule file, and what to write instead. */
export interface Problem {
  readonly path: Path;
  readonly text: string;
}

/** What the schema cannot say about one rule file. Names must also differ between the files of a system; that is checked where they meet. */
export function problemsIn(file: RuleFile): readonly Problem[] {
  return [
    ...(file.account ? conditionProblems(file.account.when, ['account', 'when']) : []),
    ...(file.default ? placeholderProblems(file.default.give, ['default', 'give']) : []),
    ...(file.rules ?? []).flatMap((rule, position) => ruleProblems(rule, ['rules', position])),
    ...(file.deny ?? []).flatMap((deny, position) => denyProblems(deny, ['deny', position])),
  ];
}

function ruleProblems(rule: Rule, path: Path): readonly Problem[] {
  return [
    ...nameProblems(rule.name, path),
    ...validityProblems(rule, path),
    ...conditionProblems(rule.when, [...path, 'when']),
    ...(rule.when.unit === undefined ? placeholderProblems(rule.give, [...path, 'give']) : []),
  ];
}

function denyProblems(deny: Deny, path: Path): readonly Problem[] {
  return [
    ...nameProblems(deny.name, path),
    ...validityProblems(deny, path),
    ...conditionProblems(deny.when, [...path, 'when']),
    ...placeholderProblems(deny.take, [...path, 'take']),
  ];
}

function nameProblems(name: string, path: Path): readonly Problem[] {
  if (name !== PASS_THROUGH && name !== DEFAULT_RULE) return [];
  return [{ path: [...path, 'name'], text: `is "${name}", under which the service itself gives entitlements; choose another name.` }];
}

function placeholderProblems(values: EntitlementValues, path: Path): readonly Problem[] {
  return Object.values(LIST_OF).flatMap((list) =>
    [...(values[list] ?? []).entries()].flatMap(([position, value]) => (hasPlaceholder(value) ? [{ path: [...path, list, position], text: NO_UNIT }] : [])),
  );
}

const NO_UNIT = 'uses {unit}, which stands for the units that met the condition of the same rule; put a unit condition directly under "when" of this rule, or write the value out.';

function validityProblems(validity: Validity, path: Path): readonly Problem[] {
  const { fromMs, untilMs } = windowOf(validity);
  const unreadable = (field: string): Problem => ({ path: [...path, field], text: 'must be a date that exists ("2026-11-27") or an instant ("2026-11-27T17:00:00Z").' });
  if (Number.isNaN(fromMs)) return [unreadable('validFrom')];
  if (Number.isNaN(untilMs)) return [unreadable('validTo')];
  return fromMs < untilMs ? [] : [{ path: [...path, 'validTo'], text: 'lies before validFrom, so the rule would never hold; swap the two, or delete the rule.' }];
}

function conditionProblems(condition: Condition, path: Path): readonly Problem[] {
  return [
    ...attributesOf(condition).flatMap(([attribute, step]) => attributeProblems(attribute, [...path, ...step])),
    ...(condition.all ?? []).flatMap((inner, position) => conditionProblems(inner, [...path, 'all', position])),
    ...(condition.any ?? []).flatMap((inner, position) => conditionProblems(inner, [...path, 'any', position])),
    ...(condition.not ? conditionProblems(condition.not, [...path, 'not']) : []),
  ];
}

function attributesOf({ attribute }: Condition): readonly (readonly [AttributeCondition, Path])[] {
  if (attribute === undefined) return [];
  if (!isList(attribute)) return [[attribute, ['attribute']]];
  return attribute.map((one, position) => [one, ['attribute', position]]);
}

function attributeProblems(attribute: AttributeCondition, path: Path): readonly Problem[] {
  if (parsePath(attribute.path) === undefined) {
    return [{ path: [...path, 'path'], text: 'must be an attribute path: userType, name.familyName, emails[type eq "work"].value, or <extension URN>:costCenter.' }];
  }
  const { equals, oneOf, prefix, present } = attribute;
  const silent = equals === undefined && oneOf === undefined && prefix === undefined && present === undefined;
  return silent ? [{ path, text: 'says nothing about the value; add equals, oneOf, prefix or present.' }] : [];
}
