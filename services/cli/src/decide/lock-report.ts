import type { LinkStatus, PersonOrderResult } from '@rolebridge/contracts';
import { printable, table } from './table.ts';

/** One system that was waited for: its link and whether it has come to an end, or why nobody knows. */
export type WaitedFor = { readonly link: LinkStatus; readonly ended: boolean } | { readonly system: string; readonly problem: string };

const DONE: readonly string[] = ['applied', 'unchanged', 'accepted'];

/** Whether the account is as it shall be, as far as can be known. */
export function isSettled(one: WaitedFor): boolean {
  return 'link' in one && one.ended && DONE.includes(one.link.state);
}

/** PURE. The line after a lock or an unlock. */
export function lockReport(kind: 'lock' | 'unlock', user: string, { generation, changed }: PersonOrderResult): readonly string[] {
  const word = kind === 'lock' ? 'locked' : 'unlocked';
  return [printable(changed ? `Stored: ${user} is ${word}, user generation ${generation}; rolebridge status ${user} tells how it ends.` : `Nothing to do: ${user} is ${word} already.`)];
}

/** PURE. Lines of `--wait`. */
export function waitReport(waited: readonly WaitedFor[]): readonly string[] {
  if (waited.length === 0) return ['No system has an account for this user.'];
  return table([{ title: 'SYSTEM' }, { title: 'STATE' }, { title: 'PRESENCE' }, { title: '' }], waited.map(rowOf));
}

/** PURE. What `--wait` did not see the end of; nothing when everything ended. */
export function unfinished(kind: 'lock' | 'unlock', user: string, waited: readonly WaitedFor[]): readonly string[] {
  const open = waited.flatMap((one) => ('link' in one && one.ended ? [] : ['link' in one ? one.link.system : one.system]));
  if (open.length === 0) return [];
  return [printable(`Not ended yet at ${open.join(', ')}. The ${kind} is stored and goes on by itself, before other work; rolebridge status ${user} tells how it ends.`)];
}

function rowOf(one: WaitedFor): readonly string[] {
  if ('problem' in one) return [one.system, 'no answer', '?', one.problem];
  const { system, state, presence, confirmable, failure } = one.link;
  const shown = state === 'accepted' && !confirmable ? 'accepted, not confirmable here' : state;
  return [system, one.ended ? shown : `${shown}, not finished`, presence, failure ? `${failure.code}: ${failure.message}` : ''];
}
