/** Attributes of an account in SCIM shape, by name or URN of an extension. */
export type AccountAttributes = Readonly<Record<string, unknown>>;

/** PURE. The attributes of an account: the person's, with its own differences (`RequestedAccount.attributes`); `null` = none here. Extensions member by member. */
export function withOwnAttributes(attributes: AccountAttributes, own: AccountAttributes): AccountAttributes {
  const next: Record<string, unknown> = { ...attributes };
  for (const [name, value] of Object.entries(own)) {
    if (value === null) delete next[name];
    else next[name] = name.startsWith('urn:') && isPart(value) ? withOwnAttributes(isPart(next[name]) ? next[name] : {}, value) : value;
  }
  return next;
}

function isPart(value: unknown): value is AccountAttributes {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
