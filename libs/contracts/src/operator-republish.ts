/**
 * Republish (L27): the owner of a state emits it again, with the same generation, so that readers who have it ignore it.
 *
 * | service | route | right | answer |
 * |---|---|---|---|
 * | ingest, role-mapping | `POST /operator/republish?after=` {@link Republish} | `operate` | {@link Republished}: the next 500 people in key order, at ingest then the groups; call again with `after` = `next` until that is null. The first call is the order in the audit |
 * | ingest | `POST /operator/users/<user id>/republish` | `operate` | see operator-person.ts |
 * | role-mapping | `POST /operator/users/<user id>/republish` {@link Republish} | `operate` | {@link Republished}: the accounts of one person in all systems; 404 |
 */
export const REPUBLISH_PATH = '/operator/republish';

export interface Republish {
  readonly reason: string;
}

export interface Republished {
  /** Records that go out. */
  readonly published: number;
  /** States that cannot be sent; their settings or data must change first. */
  readonly unsendable: number;
  /** Where to go on; `null` at the end. */
  readonly next: string | null;
}
