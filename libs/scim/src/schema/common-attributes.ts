import { complex, instant, list, reference, text } from './attribute.ts';
import type { Attribute } from './attribute.ts';

const owned = { mutability: 'readOnly', caseExact: true } as const;

/** Attributes of every resource that only the server writes (RFC 7643 §3, §3.1); no schema lists them. */
export const COMMON_ATTRIBUTES: readonly Attribute[] = [
  text('id', 'Our id.', { ...owned, uniqueness: 'server', returned: 'always' }),
  list('schemas', 'URNs of the schemas.', [reference('value', 'A URN.', ['uri'], owned)]),
  complex('meta', 'About the resource.', [
    text('resourceType', 'The kind of resource.', owned),
    instant('created', 'When it came into being.', owned),
    instant('lastModified', 'When it last changed.', owned),
    reference('location', 'Its address.', ['uri'], owned),
    text('version', 'Its entity tag.', owned),
  ], { mutability: 'readOnly' }),
];
