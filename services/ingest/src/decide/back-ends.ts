/** What the proxy API serves of one kind of system, and what it cannot (systems sheet of the proxy API, §5). */
export interface BackEnd {
  /** Why its accounts cannot be shown; missing: they can. */
  readonly unreadable?: string;
  readonly users: readonly Method[];
  readonly groups: readonly Method[];
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export const METHODS: readonly Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

const BY_PUT: readonly Method[] = ['GET', 'POST', 'PUT', 'DELETE'];

/** Groups exist at the target: they are filled, never created or deleted from here. */
const FILLED: readonly Method[] = ['GET', 'PUT', 'PATCH'];

const KINDS: Readonly<Record<string, BackEnd>> = {
  'sales-cloud': {
    unreadable: 'SAP Sales Cloud takes employees over a one-way interface and shows none, so there is nothing to list.',
    users: BY_PUT,
    groups: ['GET'],
  },
  fieldglass: { users: BY_PUT, groups: FILLED },
  's4hana-cloud': { users: ['GET', 'POST', 'PATCH', 'DELETE'], groups: ['GET', 'PATCH'] },
  'identity-authentication': { users: METHODS, groups: FILLED },
  scim: { users: BY_PUT, groups: FILLED },
};

const OTHERS: BackEnd = { users: METHODS, groups: FILLED };

/** PURE. */
export function backEndOf(kind: string): BackEnd {
  return KINDS[kind] ?? OTHERS;
}
