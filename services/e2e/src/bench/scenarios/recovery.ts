import { setTimeout as sleep } from 'node:timers/promises';
import { benchUsers, change, load } from '../load.ts';
import type { RecoveryOptions } from '../options.ts';
import { rolebridgeSubject, type RolebridgeSubject } from '../rolebridge.subject.ts';
import { groundFor, say, type Session, withSubject } from '../session.ts';
import { allApplied } from './settled.ts';
import { stubTarget } from './stub.ts';

const CONNECTIONS = 32;
/** Longer than the longest pause of the breaker. */
const PATIENCE_MS = 120_000;

/** The target goes away, people change meanwhile, it comes back: how long, and how many calls, until everything is true. */
export async function recovery(options: RecoveryOptions, session: Session): Promise<void> {
  await withSubject(rolebridgeSubject, await groundFor('recovery', 1, session), (subject) => play(subject, options, session.signal));
}

async function play(subject: RolebridgeSubject, { users, outageSeconds, changes }: RecoveryOptions, signal: AbortSignal): Promise<void> {
  const stub = stubTarget(subject.targetUrl);
  const door = { url: subject.url, token: subject.token, connections: CONNECTIONS };
  say(`  ${users} users join`);
  const { ids } = await load({ ...door, users: benchUsers(users, 'recovery'), perSecond: 0 });
  await allApplied(subject, users, { patienceMs: PATIENCE_MS, signal });
  const before = await stub.calls();

  say(`  the target is away for ${outageSeconds} s, each user changes ${changes} times`);
  await stub.behave({ down: true });
  const end = sleep(outageSeconds * 1000, undefined, { signal });
  for (let n = 1; n <= changes; n++) await change({ ...door, ids: [...ids.values()], familyName: `Changed ${n}` });
  await end;
  const during = await stub.calls();
  await stub.behave({ down: false });
  const back = performance.now();
  await allApplied(subject, users, { patienceMs: PATIENCE_MS, signal });
  const seconds = (performance.now() - back) / 1000;
  const after = await stub.calls();

  const writes = after.served - before.served;
  say(`\nafter ${outageSeconds} s without target, ${users} users with ${changes} changes each`);
  say(`drained after          ${seconds.toFixed(1)} s (${(users / seconds).toFixed(0)} users/s, the breaker's pause included)`);
  say(`writes a user          ${(writes / users).toFixed(2)}`);
  say(`refused calls meanwhile ${during.refused - before.refused}, ${(((during.refused - before.refused) / users) * 100).toFixed(1)} % of the users`);
}
