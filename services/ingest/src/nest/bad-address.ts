import { problem, PROBLEM_TYPE } from '@rolebridge/access/nest';
import { ScimError } from '@rolebridge/scim';
import { isScimAddress } from '../inbound/door-area.ts';

const DETAIL = 'The address cannot be read: its %-encoding is wrong.';

/** An address that cannot be decoded reaches no route; its caller is told in the form of the interface meant (RFC 7644 §3.12, RFC 9457). */
export function badAddress(address: string): { readonly contentType: string; readonly body: object } {
  if (isScimAddress(address)) return { contentType: 'application/scim+json', body: ScimError.plain(400, DETAIL).body() };
  return { contentType: PROBLEM_TYPE, body: problem(400, DETAIL).getResponse() as object }; // made by problem()
}
