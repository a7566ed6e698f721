/** What an action does to a thing that is there, and to one that is not (`systems/sales-cloud.md` §3). */
type Effect = 'write' | 'remove' | 'nothing' | 'error';

const ACTIONS: Readonly<Record<string, { readonly present: Effect; readonly absent: Effect }>> = {
  '01': { present: 'error', absent: 'write' },
  '02': { present: 'write', absent: 'error' },
  '03': { present: 'remove', absent: 'error' },
  '04': { present: 'write', absent: 'write' },
  '05': { present: 'remove', absent: 'nothing' },
  '06': { present: 'nothing', absent: 'nothing' },
};

const DEFAULT_ACTION = '04';

/** A mistake in the business sense: never seen on the wire, only in the message monitoring. */
export class BusinessError extends Error {
  override readonly name = 'BusinessError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** What to do with `thing`. Throws {@link BusinessError} for 01 on something that is there, 02 and 03 on something that is not. */
export function effectOf(actionCode: string | undefined, isThere: boolean, thing: string): Exclude<Effect, 'error'> {
  const action = ACTIONS[actionCode ?? DEFAULT_ACTION];
  if (!action) throw new BusinessError('unknown-action', `${thing}: the action ${String(actionCode)} is not known.`);
  const effect = isThere ? action.present : action.absent;
  if (effect === 'error') throw new BusinessError(isThere ? 'already-exists' : 'does-not-exist', `${thing} ${isThere ? 'already exists' : 'does not exist'}.`);
  return effect;
}

/** One item of a list in a message. */
export interface Listed<Item> {
  readonly action: string | undefined;
  readonly id: string;
  /** What it becomes; `before` is what is there. */
  readonly write: (before: Item | undefined) => Item;
}

/** The list after a message: item by item, or, when it was sent as complete, only what was sent. */
export function listAfter<Item extends { readonly id: string }>(before: readonly Item[], sent: readonly Listed<Item>[], options: { readonly complete: boolean; readonly name: string }): readonly Item[] {
  const stored = new Map(before.map((item) => [item.id, item]));
  const after = new Map(options.complete ? [] : stored);
  for (const item of sent) {
    const present = stored.get(item.id);
    const effect = effectOf(item.action, present !== undefined, `${options.name} ${item.id}`);
    if (effect === 'write') after.set(item.id, item.write(present));
    if (effect === 'remove') after.delete(item.id);
    if (effect === 'nothing' && present) after.set(item.id, present);
  }
  return [...after.values()];
}
