import type { Dialect } from '@rolebridge/access';
import type { FastifyRequest } from 'fastify';
import type { GroupLeniency } from '../decide/group-change.ts';
import { callerOf } from './door.ts';

/** What the client families expect where the RFC leaves room, or departs from it. */
export interface DialectRules {
  /** A filter may leave the quotes around a text away: `userName sw O`. */
  readonly bareTexts: boolean;
  /** A removal in a PATCH that meets nothing is no error, and a replacement that meets nothing adds. */
  readonly lenientPatch: boolean;
  readonly groups: GroupLeniency;
  /** An empty page names the page size, because the client divides by it. */
  readonly sizeOfEmptyPage: boolean;
  /** Whether names of members are returned unless they are asked for. */
  readonly memberDisplay: 'default' | 'request';
}

const RFC: DialectRules = { bareTexts: false, lenientPatch: false, groups: { missingTarget: false, unknownMembers: false }, sizeOfEmptyPage: false, memberDisplay: 'request' };

const RULES: Readonly<Record<Dialect, DialectRules>> = {
  rfc: RFC,
  entra: { ...RFC, bareTexts: true, lenientPatch: true, groups: { missingTarget: true, unknownMembers: true }, sizeOfEmptyPage: true, memberDisplay: 'default' },
  okta: { ...RFC, sizeOfEmptyPage: true, memberDisplay: 'default' },
  sap: { ...RFC, memberDisplay: 'default', lenientPatch: true, groups: { missingTarget: true, unknownMembers: false } },
};

/** The rules for who calls. */
export function dialectOf(request: FastifyRequest): DialectRules {
  return RULES[callerOf(request).dialect];
}
