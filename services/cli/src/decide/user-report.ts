import { ENTITLEMENT_TYPES, type Failure, type FailureKind, type HeldChange, type LinkStatus, OVER_ALL, type SystemStatus, type UserIdentity } from '@rolebridge/contracts';
import { BREAKER_MEANS } from './system-report.ts';
import { duration, printable, relative } from './table.ts';

/** What is known of the user: all of ingest's answer, or only the id that was typed. */
export type Person = UserIdentity | { readonly id: string };

/** What an operator can do about a failure (design §4). */
const HINTS: Readonly<Record<FailureKind, string>> = {
  transient: 'The target is busy or away; it is tried again by itself.',
  'in-doubt': 'The answer got lost; the next attempt looks first, so nothing is done twice.',
  waiting: 'Something at the target must exist first; it is looked at again by itself.',
  rejected: 'Correct the user, the rules or the target; a newer change is applied by itself, else: {redrive}',
  malformed: 'The record breaks its schema; its producer must send it again, corrected.',
  halting: 'Our credentials or settings for this system are wrong; correct them, then work goes on by itself.',
  unclassified: 'This is a defect of Rolebridge; give the dead letter to its developers.',
};

/** Where the code tells more. */
const BY_CODE: Readonly<Record<string, string>> = {
  brake: 'Somebody has to decide: rolebridge brake list --system {system}',
  'brake-dropped': 'It stays so; to let it through after all: rolebridge brake release {user} --system {system} --reason "…"',
};

export interface UserAnswers {
  readonly links: readonly LinkStatus[];
  /** Of the same connectors. */
  readonly systems: readonly SystemStatus[];
  /** What the brake over all systems holds of this person. */
  readonly held: readonly HeldChange[];
  /** Whether a connector did not answer. */
  readonly incomplete: boolean;
}

/** PURE. Lines for `rolebridge status <user>`. */
export function userReport(person: Person, { links, systems, held, incomplete }: UserAnswers, nowMs: number): readonly string[] {
  const lines = links.flatMap((link) => ['', ...linkLines(link, person, nowMs), ...waitsBehind(link, systems)]);
  const where = incomplete ? 'No system that answered' : 'No system';
  const none = links.length === 0 ? ['', `${where} has an account for this user, or a wish for one.`] : [];
  return [headOf(person), ...held.flatMap((change) => heldLines(change, nowMs)), ...lines, ...none].map(printable);
}

/** Nothing of a change that is held there has reached a system, so their lines tell what was before. */
function heldLines({ since, losses, droppedBy, approvedBy }: HeldChange, nowMs: number): readonly string[] {
  const what = losses.map(({ system, loss }) => `${system}: ${loss}`).join(', ');
  if (droppedBy !== undefined) return [`The newest change was dropped by ${droppedBy} at the brake over all systems (${what}); it rests until other access is wished.`];
  const approved = approvedBy.length > 0 ? `, approved by ${approvedBy.join(', ')}` : '';
  return [`The newest change is held by the brake over all systems, ${relative(since, nowMs)}${approved} (${what}): rolebridge brake list --system ${OVER_ALL}`];
}

/** What is due and yet not done has its reason in the system. */
function waitsBehind({ system, state }: LinkStatus, systems: readonly SystemStatus[]): readonly string[] {
  const status = systems.find((one) => one.system === system);
  if (status === undefined || state !== 'pending') return [];
  const { breaker, breakerReason = 'no reason given', mode } = status;
  if (mode === 'shadow') return [field('waits', 'the system is in shadow mode: nothing is sent')];
  return breaker === 'closed' ? [] : [field('waits', `the breaker of ${system} is ${breaker}, ${BREAKER_MEANS[breaker]}: ${breakerReason}`)];
}

function headOf(person: Person): string {
  return 'userName' in person ? `${person.userName} (${person.id}): ${person.presence}, generation ${person.generation}` : `User ${person.id}`;
}

function linkLines(link: LinkStatus, person: Person, nowMs: number): readonly string[] {
  return [
    `${link.system}: ${stateOf(link)}, ${relative(link.updatedAt, nowMs)}`,
    field('account', accountOf(link)),
    field('presence', link.presence),
    field('generation', generationOf(link, person)),
    field('next attempt', nextOf(link, nowMs)),
    ...entitlementLines(link),
    ...(link.failure ? failureLines(link.failure, { user: 'userName' in person ? person.userName : person.id, system: link.system }) : []),
  ];
}

function field(name: string, text: string): string {
  return `  ${name.padEnd(13)} ${text}`;
}

function stateOf({ state, confirmable }: LinkStatus): string {
  return state === 'accepted' && !confirmable ? 'accepted, not confirmable here' : state;
}

function accountOf({ accountKey, accountId }: LinkStatus): string {
  const parts = [...(accountKey ? [`key ${accountKey}`] : []), ...(accountId ? [`id ${accountId}`] : [])];
  return parts.length > 0 ? parts.join(', ') : 'none yet';
}

function generationOf({ wishedGeneration, appliedGeneration, userGeneration }: LinkStatus, person: Person): string {
  const applied = appliedGeneration === null ? 'none applied' : appliedGeneration === wishedGeneration ? 'applied' : `applied ${appliedGeneration}`;
  const newest = 'generation' in person && person.generation > userGeneration ? ` (the user is at ${person.generation})` : '';
  return `wished ${wishedGeneration}, ${applied}; from user generation ${userGeneration}${newest}`;
}

function nextOf({ nextAttemptAt, attempt }: LinkStatus, nowMs: number): string {
  const tried = attempt > 0 ? `, after ${attempt} failed attempt${attempt > 1 ? 's' : ''}` : '';
  if (nextAttemptAt === null) return `—${tried}`;
  const overdueMs = nowMs - Date.parse(nextAttemptAt);
  return overdueMs >= 0 ? `due for ${duration(overdueMs / 1000)} (${nextAttemptAt})${tried}` : `${relative(nextAttemptAt, nowMs)} (${nextAttemptAt})${tried}`;
}

function entitlementLines({ entitlements }: LinkStatus): readonly string[] {
  return ENTITLEMENT_TYPES.flatMap((type) => {
    const list = entitlements[type];
    if (!list) return [];
    if (list.items.length === 0) return [field(type, list.complete ? 'none; whatever is there is taken away' : 'none given')];
    return list.items.map(({ value, rules, primary }) => field(type, `${value}${primary ? ' (primary)' : ''}  by ${rules.join(', ') || 'no rule'}`));
  });
}

function failureLines({ kind, code, message, field: at }: Failure, { user, system }: { readonly user: string; readonly system: string }): readonly string[] {
  const hint = (BY_CODE[code] ?? HINTS[kind]).replace('{redrive}', 'rolebridge redrive {user} --system {system} --reason "…"').replace('{user}', user).replace('{system}', system);
  return [field('last failure', `${kind}, ${code}${at ? `, at ${at}` : ''}: ${message}`), field('', hint)];
}
