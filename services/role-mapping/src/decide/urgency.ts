import type { DesiredAccount, Presence, Urgency } from '@rolebridge/contracts';

export interface Turn {
  readonly previous: Pick<DesiredAccount, 'presence' | 'urgency'> | undefined;
  readonly presence: Presence;
  /** A new rule set is the reason, not the person. */
  readonly byRules: boolean;
  /** The person as a whole: whoever leaves goes first, also when a sweep over the rules is what notices. */
  readonly person: Presence;
}

/**
 * Leaving and locking first, re-evaluation by a new rule set last (L25). A wish that leaves stays urgent while it is out: a later,
 * lesser change of the same person must not send it back to the end of the queue. Accounts that new rules take from people who
 * stay are bulk: they must not stand in front of the one person who really left.
 */
export function urgencyOf({ previous, presence, byRules, person }: Turn): Urgency {
  const stillLeaving = previous?.urgency === 'leaving';
  const turns = turnsAway(previous, presence) && (!byRules || person !== 'active');
  if (presence !== 'active' && (stillLeaving || turns)) return 'leaving';
  return byRules ? 'bulk' : 'normal';
}

function turnsAway(previous: Turn['previous'], presence: Presence): boolean {
  return previous !== undefined && previous.presence !== presence && previous.presence !== 'absent';
}
