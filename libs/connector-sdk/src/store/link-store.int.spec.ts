import { randomUUID } from 'node:crypto';
import { person, Workbench } from '../test/workbench.ts';
import { complete, type Completion } from './completion.ts';
import { type ClaimedLink, linkStore, type LinkStore } from './link-store.ts';

const LEASE_MS = 150;

describe('a link belongs to one worker at a time', () => {
  let bench: Workbench;
  let store: LinkStore;
  beforeEach(async () => {
    bench = await Workbench.open();
    store = linkStore(bench.database, { system: 'directory', leaseMs: LEASE_MS, settleMs: 0 });
  });
  afterEach(() => bench.close());

  const claimOne = async (): Promise<ClaimedLink | undefined> => (await store.claim(1, randomUUID(), false))[0];

  async function claimed(): Promise<ClaimedLink> {
    const link = await claimOne();
    if (!link) throw new Error('Nothing was due.');
    return link;
  }

  /** Claimed by a worker that was then paused beyond its lease, and taken over by another. */
  async function takenOver(): Promise<{ readonly paused: ClaimedLink; readonly successor: ClaimedLink }> {
    await bench.wish(person().wish());
    const paused = await claimed();
    await new Promise((resolve) => setTimeout(resolve, LEASE_MS + 50));
    return { paused, successor: await claimed() };
  }

  const done = (link: ClaimedLink, more: Partial<Completion> = {}): Completion => ({
    link,
    state: 'applied',
    applied: { title: '#1' },
    attempted: null,
    sent: null,
    accountKey: 'anna',
    accountId: 'acc-1',
    owned: true,
    attempt: 0,
    delayMs: 0,
    unsettled: false,
    verifyInMs: null,
    settingsHash: 'v1',
    waitingOn: null,
    failure: null,
    shadowPlan: null,
    ...more,
  });

  test('a claimed link is not due for anybody else, until its lease has ended', async () => {
    await bench.wish(person().wish());
    const link = await claimed();
    expect(await claimOne()).toBeUndefined();
    await new Promise((resolve) => setTimeout(resolve, LEASE_MS + 50));
    expect(await claimOne()).toMatchObject({ userId: link.userId, takenOver: true });
  });

  test('the verdict of a worker whose lease has gone is refused: its successor still has the link', async () => {
    const { paused, successor } = await takenOver();
    const result = await bench.database.transaction((sql) => complete(sql, 'directory', [done(paused)], { verifyMs: 1_000, settleMs: 0 }));
    expect([...result.stale]).toEqual([paused.userId]);
    expect(await bench.link(paused.userId)).toMatchObject({ state: 'applying', lease_token: successor.token, applied: null, redrives: 1 });
  });

  test('what a paused worker tells too late is kept when its successor is refused; the look again then belongs to the next wish, and nobody wakes for it (L24)', async () => {
    const { paused, successor } = await takenOver();
    const stored = (one: Completion) => bench.database.transaction((sql) => complete(sql, 'directory', [one], { verifyMs: 0, settleMs: 0 }));
    await stored(done(paused, { sent: { title: '#late' } }));
    const { applied: _applied, ...base } = done(successor);
    await stored({ ...base, state: 'rejected', attempted: [], attempt: 1, failure: { kind: 'rejected', code: 'x', message: 'x' } });
    expect(await bench.link(paused.userId)).toMatchObject({ state: 'rejected', attempted: [{ title: '#late' }], verify_at: expect.any(Date) });
    expect(await store.nextDueInMs()).toBeUndefined();
  });

  test('a worker whose lease has gone may not announce: nothing is written on its behalf', async () => {
    const { paused } = await takenOver();
    const held = await store.announce([{ link: paused, attempted: [{ title: '#9' }], accountKey: 'anna', accountId: null }]);
    expect(held.size).toBe(0);
    expect(await bench.link(paused.userId)).toMatchObject({ attempted: [], owned: false });
  });

  test('after a worker died in the middle of a write nobody looks before the settle time is over, however short the lease (L19)', async () => {
    const slow = linkStore(bench.database, { system: 'directory', leaseMs: LEASE_MS, settleMs: 1_500 });
    await bench.wish(person().wish());
    const link = await claimed();
    await slow.announce([{ link, attempted: [{}], accountKey: 'anna', accountId: null }]);
    await new Promise((resolve) => setTimeout(resolve, LEASE_MS + 50));
    expect(await claimOne()).toBeUndefined();
    expect((await store.nextDueInMs()) ?? 0).toBeGreaterThan(500);
  });

  test('an older or equal generation changes nothing, in whatever state the link is (R-21)', async () => {
    const anna = person();
    await bench.wish(anna.wish({ generation: 5 }));
    const before = await bench.link(anna.userId);
    await bench.wish(anna.wish({ generation: 5, units: ['666'] }), person().wish());
    await bench.wish(anna.wish({ generation: 4, units: ['666'] }));
    expect(await bench.link(anna.userId)).toEqual(before);
  });

  test('two people never own one account, nor one key (L20)', async () => {
    await bench.wish(person().wish(), person().wish());
    const [first, second] = await store.claim(2, randomUUID(), false);
    if (!first || !second) throw new Error('Two links were due.');
    await store.announce([{ link: first, attempted: [{}], accountKey: 'anna', accountId: null }]);
    await expect(store.announce([{ link: second, attempted: [{}], accountKey: 'anna', accountId: null }])).rejects.toThrow();
    await expect(bench.database.transaction((sql) => complete(sql, 'directory', [done(first), done(second, { accountKey: 'other' })], { verifyMs: 0, settleMs: 0 }))).rejects.toThrow();
  });

  test('what failed transiently keeps attempt and due time when a newer wish arrives; what was refused is due at once (L17)', async () => {
    const [busy, refused] = [person(), person()];
    await bench.wish(busy.wish(), refused.wish());
    const links = await store.claim(2, randomUUID(), false);
    const failure = { kind: 'transient', code: 'http-503', message: 'x' } as const;
    const { applied: _, ...base } = done(links[0] ?? (await claimed()));
    const failed = links.map((link): Completion =>
      link.userId === busy.userId
        ? { ...base, link, state: 'pending', attempt: 3, delayMs: 60_000, failure, accountId: null, accountKey: null, owned: false }
        : { ...base, link, state: 'rejected', attempt: 1, failure: { ...failure, kind: 'rejected' }, accountId: null, accountKey: null, owned: false },
    );
    await bench.database.transaction((sql) => complete(sql, 'directory', failed, { verifyMs: 0, settleMs: 0 }));
    await bench.wish(busy.wish({ generation: 2 }), refused.wish({ generation: 2 }));
    expect(await bench.link(busy.userId)).toMatchObject({ state: 'pending', attempt: 3, newest_seen: 2 });
    expect(await claimed()).toMatchObject({ userId: refused.userId, generation: 2, attempt: 0 });
    expect(await claimOne()).toBeUndefined();
  });

  test.each([['the same wish', false], ['a newer wish', true]])('nobody looks before what was sent can show, however long the call had waited for its turn: %s (L19)', async (_, newer) => {
    const anna = person();
    await bench.wish(anna.wish());
    const link = await claimed();
    await store.announce([{ link, attempted: [{}], accountKey: 'anna', accountId: null }]);
    await bench.database.query(`update link set settle_until = now() - interval '1 second'`);
    if (newer) await bench.wish(anna.wish({ generation: 2 }));
    const { applied: _applied, ...base } = done(link);
    const lost: Completion = { ...base, state: 'pending', attempt: 1, unsettled: true, failure: { kind: 'in-doubt', code: 'no-answer', message: 'x' } };
    await bench.database.transaction((sql) => complete(sql, 'directory', [lost], { verifyMs: 0, settleMs: 60_000 }));
    const [due] = await bench.database.query<{ ms: number }>('select (extract(epoch from least(settle_until, not_before) - now()) * 1000)::float8 as ms from link');
    expect(due?.ms).toBeGreaterThan(50_000);
  });
});
