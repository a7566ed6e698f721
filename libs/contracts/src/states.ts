/**
 * The one list of delivery states (delivery law L15), used by links, outcomes, metrics and status alike.
 *
 * | state | meaning | needs a person |
 * |---|---|---|
 * | `pending` | a wish is stored, its turn or its due time has not come | no |
 * | `applying` | claimed by a worker, a call may be in flight | no |
 * | `accepted` | a one-way or asynchronous target has taken the message; whether it worked cannot be seen yet, or ever | no |
 * | `applied` | the target holds the wish | no |
 * | `unchanged` | the target already held the wish, nothing was written | no |
 * | `waiting` | a prerequisite at the target is missing; looked at again slowly | no |
 * | `held` | the brake keeps it back until somebody approves or drops it | yes |
 * | `rejected` | the target (or our own check) refused this wish; a dead letter exists | yes |
 * | `exhausted` | retried to the end, or failed for an unknown reason; a dead letter exists | yes |
 * | `superseded` | a newer wish took its place before it was applied | no |
 */
export const DELIVERY_STATES = [
  'pending',
  'applying',
  'accepted',
  'applied',
  'unchanged',
  'waiting',
  'held',
  'rejected',
  'exhausted',
  'superseded',
] as const;

export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** States in which a dead letter exists and only a redrive or a newer wish moves the user on. */
export const DEAD_STATES = ['rejected', 'exhausted'] as const satisfies readonly DeliveryState[];
