import type { Dialect } from '@rolebridge/access';
import type { FastifyRequest } from 'fastify';
import type { GroupLeniency } from '../decide/group-change.ts';
import { callerOf } from './door.ts';

/** What the client families expect where the RFC leaves room, or departs from it. */
export interface DialectRules {
  /** A filter may leave the quotes around a text away: `userName sw O`. */
  readonly bareTexts: boolean;
  readonly groups: GroupLeniency;
}

const RFC: DialectRules = { bareTexts: false, groups: { missingTarget: false, unknownMembers: false } };

const RULES: Readonly<Record<Dialect, DialectRules>> = {
  rfc: RFC,
  entra: { ...RFC, bareTexts: true, groups: { missingTarget: true, unknownMembers: true } },
  okta: RFC,
  sap: RFC,
};

/** The rules for who calls. */
export function dialectOf(request: FastifyRequest): DialectRules {
  return RULES[callerOf(request).dialect];
}
