import { nextGeneration } from '@rolebridge/contracts';
import type { Cause } from '@rolebridge/contracts';
import { sameJson, ScimError } from '@rolebridge/scim';
import type { User } from '@rolebridge/scim';
import type { AccountChange, Intent } from './change.ts';
import type { Context, Decision } from './decide.ts';
import { mergedUser } from './merged-user.ts';
import { withRequest } from './requested.ts';
import type { UserRow } from './user-row.ts';

type AccountIntent = Intent & { readonly change: AccountChange };

/**
 * PURE. Decides a change of one account: the request for its system, in the same generation what was said of the person (L8, L10). The person's own presence
 * and their other accounts stay as they are; somebody who is met first this way has only the accounts that were asked for.
 */
export function decideAccount(current: UserRow | undefined, intent: AccountIntent, context: Context): Decision {
  if (current && current.presence !== 'absent') return settle(current, intent, context);
  const { user, request } = intent.change;
  if (!user || request.kind === 'end') return { kind: 'refused', error: ScimError.plain(404, 'There is no user with this id.') };
  return { kind: 'changed', next: opened(current, { ...user, active: true }, { intent, context }) };
}

interface Circumstances {
  readonly intent: AccountIntent;
  readonly context: Context;
}

/** A person who is new, or had left, and is here because of this account alone. */
function opened(left: UserRow | undefined, user: User, { intent, context }: Circumstances): UserRow {
  const { by, change } = intent;
  return {
    id: left?.id ?? context.newId(),
    generation: nextGeneration(context.epoch, left?.generation),
    presence: 'active',
    user,
    requested: withRequest({}, change, by),
    requestedOnly: true,
    source: by,
    cause: causeOf('create', { intent, context }),
    created: left?.created ?? context.now,
    modified: context.now,
  };
}

function settle(current: UserRow, intent: AccountIntent, context: Context): Decision {
  const { change, by } = intent;
  const requested = withRequest(current.requested, change, by);
  const user = change.user ? mergedUser(current.user, change.user) : current.user;
  if (requested === current.requested && sameJson(user, current.user)) return { kind: 'unchanged', row: current };
  const cause = causeOf(change.user ? 'replace' : 'patch', { intent, context });
  return { kind: 'changed', next: { ...current, generation: nextGeneration(context.epoch, current.generation), user, requested, cause, modified: context.now } };
}

function causeOf(operation: Cause['operation'], { intent, context }: Circumstances): Cause {
  return { operation, at: context.now, by: intent.by, correlationId: intent.correlationId };
}
