export type AttributeType = 'string' | 'boolean' | 'integer' | 'dateTime' | 'reference' | 'binary' | 'complex';
export type Mutability = 'readWrite' | 'readOnly' | 'immutable';

/** One attribute as RFC 7643 §7 describes it: the data behind `/Schemas`, reading, PATCH and filters. */
export interface Attribute {
  readonly name: string;
  readonly type: AttributeType;
  readonly multiValued: boolean;
  readonly description: string;
  readonly required: boolean;
  readonly caseExact: boolean;
  readonly mutability: Mutability;
  readonly returned: 'always' | 'default' | 'request';
  readonly uniqueness: 'none' | 'server';
  readonly canonicalValues?: readonly string[];
  readonly referenceTypes?: readonly string[];
  readonly subAttributes?: readonly Attribute[];
  /** Longest text accepted, in UTF-16 code units; ours, not part of RFC 7643. */
  readonly maxLength: number;
  /** Whether an empty text is a value of its own; elsewhere it counts as unassigned. */
  readonly keepsEmpty: boolean;
  /** Whether a JSON number is taken as text: SAP declares `sourceSystem` as integer in one place and as text in another. */
  readonly takesNumbers: boolean;
}

export interface Schema {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly attributes: readonly Attribute[];
}

/** Longest text of an attribute that states no limit of its own. */
export const DEFAULT_MAX_LENGTH = 4096;

type Options = Partial<Omit<Attribute, 'name' | 'type' | 'description'>>;

function attribute(name: string, type: AttributeType, description: string, options: Options): Attribute {
  return {
    name,
    type,
    multiValued: false,
    description,
    required: false,
    caseExact: false,
    mutability: 'readWrite',
    returned: 'default',
    uniqueness: 'none',
    maxLength: DEFAULT_MAX_LENGTH,
    keepsEmpty: false,
    takesNumbers: false,
    ...options,
  };
}

export const text = (name: string, description: string, options: Options = {}) => attribute(name, 'string', description, options);
/** A whole number; only in documents that nobody writes. */
export const whole = (name: string, description: string) => attribute(name, 'integer', description, { mutability: 'readOnly' });
export const flag = (name: string, description: string) => attribute(name, 'boolean', description, {});
export const instant = (name: string, description: string, options: Options = {}) => attribute(name, 'dateTime', description, options);
export const reference = (name: string, description: string, referenceTypes: readonly string[], options: Options = {}) =>
  attribute(name, 'reference', description, { caseExact: true, referenceTypes, ...options });

export const complex = (name: string, description: string, subAttributes: readonly Attribute[], options: Options = {}) =>
  attribute(name, 'complex', description, { subAttributes, ...options });

export const list = (name: string, description: string, subAttributes: readonly Attribute[], options: Options = {}) =>
  complex(name, description, subAttributes, { multiValued: true, ...options });

/** A multi-valued attribute with the standard sub-attributes of RFC 7643 §2.4. */
export function values(name: string, description: string, types: readonly string[] = [], value: Attribute = text('value', 'The value.', { required: true })): Attribute {
  return list(name, description, [
    value,
    text('display', 'A name for display.'),
    text('type', 'A label of its use.', types.length > 0 ? { canonicalValues: types } : {}),
    flag('primary', 'The preferred value; true at most once.'),
  ]);
}
