import { parsePath, compilePath } from './attribute-path.ts';
import type { Facts } from './facts.ts';
import { compileMatcher, isList } from './matcher.ts';
import type { TextTest } from './matcher.ts';
import type { AttributeCondition, Condition, Matcher } from './rule-set.ts';

/** `undefined`: cannot be told, because the source made no statement about the person's units. */
export type Truth = boolean | undefined;
export type Test = (facts: Facts) => Truth;

type Key = (text: string) => string;
const asWritten: Key = (text) => text;

/** Compiles a condition. `key` is the case rule of unit codes. */
export function compileCondition(condition: Condition, key: Key): Test {
  const tests = [...testsOnPerson(condition, key), ...testsTogether(condition, key)];
  const [only] = tests;
  return tests.length === 1 && only ? only : every(tests);
}

function testsOnPerson({ everybody, unit, primaryUnit, attribute, group }: Condition, key: Key): readonly Test[] {
  return [
    ...(everybody ? [() => true] : []),
    ...(unit === undefined ? [] : [unitTest(unit, key)]),
    ...(primaryUnit === undefined ? [] : [primaryUnitTest(primaryUnit, key)]),
    ...(attribute === undefined ? [] : attributesOf(attribute).map(attributeTest)),
    ...(group === undefined ? [] : [groupTest(group)]),
  ];
}

function testsTogether({ all, any, not }: Condition, key: Key): readonly Test[] {
  const compile = (part: Condition) => compileCondition(part, key);
  return [
    ...(all === undefined ? [] : [every(all.map(compile))]),
    ...(any === undefined ? [] : [some(any.map(compile))]),
    ...(not === undefined ? [] : [negated(compile(not))]),
  ];
}

/** Three-valued logic after Kleene: one `false` decides an *all*, one `true` decides an *any*. */
function every(tests: readonly Test[]): Test {
  return (facts) => {
    let unknown = false;
    for (const test of tests) {
      const truth = test(facts);
      if (truth === false) return false;
      if (truth === undefined) unknown = true;
    }
    return unknown ? undefined : true;
  };
}

function some(tests: readonly Test[]): Test {
  return (facts) => {
    let unknown = false;
    for (const test of tests) {
      const truth = test(facts);
      if (truth === true) return true;
      if (truth === undefined) unknown = true;
    }
    return unknown ? undefined : false;
  };
}

function negated(test: Test): Test {
  return (facts) => {
    const truth = test(facts);
    return truth === undefined ? undefined : !truth;
  };
}

function unitTest(matcher: Matcher, key: Key): Test {
  const fits = compileMatcher(matcher, key);
  return (facts) => (facts.units === undefined ? undefined : facts.unitKeys.some(fits));
}

function primaryUnitTest(matcher: Matcher, key: Key): Test {
  const fits = compileMatcher(matcher, key);
  return ({ units, primaryUnitKey }) => {
    if (primaryUnitKey !== undefined) return fits(primaryUnitKey);
    return units === undefined ? undefined : false;
  };
}

function groupTest({ id, name }: NonNullable<Condition['group']>): Test {
  const idFits = id === undefined ? undefined : compileMatcher(id, asWritten);
  const nameFits = name === undefined ? undefined : compileMatcher(name, asWritten);
  return ({ user }) => user.groups.some((group) => (idFits?.(group.id) ?? true) && (nameFits?.(group.name) ?? true));
}

function attributeTest(condition: AttributeCondition): Test {
  const path = parsePath(condition.path);
  if (path === undefined) throw new Error(`"${condition.path}" is not an attribute path.`);
  const valuesAt = compilePath(path);
  const fold: Key = condition.ignoreCase ? (text) => text.toLowerCase() : asWritten;
  const fits = valueTest(condition, fold);
  const { present } = condition;
  return ({ user }) => {
    const values = valuesAt(user.resource);
    if (present !== undefined && present !== values.length > 0) return false;
    return fits === undefined || values.some((value) => fits(fold(value)));
  };
}

/** `undefined` when the condition only asks whether there is a value. */
function valueTest({ equals, oneOf, prefix }: AttributeCondition, fold: Key): TextTest | undefined {
  if (equals === undefined && oneOf === undefined && prefix === undefined) return undefined;
  return compileMatcher({ ...(equals !== undefined && { equals }), ...(oneOf && { oneOf }), ...(prefix !== undefined && { prefix }) }, fold);
}

function attributesOf(value: AttributeCondition | readonly AttributeCondition[]): readonly AttributeCondition[] {
  return isList(value) ? value : [value];
}
