import { person, Workbench } from '../test/workbench.ts';
import { redriveLink, redriveNewest } from './redrive.ts';

const OLGA = { by: 'olga', reason: 'Mended.' };

describe('a redrive of one link', () => {
  let bench: Workbench;
  beforeEach(async () => {
    bench = await Workbench.open();
  });
  afterEach(() => bench.close());

  /** A link in a state, as if it had got there after three attempts. */
  async function linkIn(state: string): Promise<{ readonly system: string; readonly userId: string }> {
    const anna = person();
    const { userId } = anna;
    await bench.wish(anna.wish({ generation: 5 }));
    const failure = JSON.stringify({ kind: 'transient', code: 'http-503', message: 'Away.' });
    await bench.database.query(
      `update link set state = $2, attempt = 3, not_before = now() + interval '1 hour', failure = $3::jsonb, first_failure_at = now(), waiting_since = now() where user_id = $1`,
      [userId, state, failure],
    );
    return { system: 'directory', userId };
  }

  const isDue = async (userId: string): Promise<unknown> => (await bench.database.query<{ due: boolean }>('select not_before <= now() as due from link where user_id = $1', [userId]))[0]?.due;

  test.each(['rejected', 'exhausted', 'waiting', 'pending'])('makes a link that is %s due now, as if nothing had been tried', async (state) => {
    const link = await linkIn(state);
    expect(await redriveNewest(bench.database, link, OLGA)).toBe('redriven');
    expect(await bench.link(link.userId)).toMatchObject({ state: 'pending', attempt: 0, redrives: 1, newest_seen: 5, failure: null, first_failure_at: null, waiting_since: null });
    expect(await isDue(link.userId)).toBe(true);
  });

  test.each(['applying', 'held', 'accepted', 'applied', 'unchanged'])('leaves a link that is %s alone, and says so', async (state) => {
    const link = await linkIn(state);
    const before = await bench.link(link.userId);
    expect(await redriveNewest(bench.database, link, OLGA)).toBe(state);
    expect(await redriveLink(bench.database, { ...link, minGeneration: 0 })).toBe(false);
    expect(await bench.link(link.userId)).toEqual(before);
  });

  test('is recorded with who and why when it is carried out, and only then', async () => {
    const [link, applied] = [await linkIn('rejected'), await linkIn('applied')];
    await redriveNewest(bench.database, link, OLGA);
    await redriveNewest(bench.database, applied, OLGA);
    expect(await bench.database.query('select ordered, operator, reason, system, subjects from operator_audit')).toEqual([{ ordered: 'redrive', operator: 'olga', reason: 'Mended.', system: 'directory', subjects: [`directory/${link.userId}`] }]);
  });

  test('does nothing below the named generation', async () => {
    const link = await linkIn('rejected');
    expect(await redriveLink(bench.database, { ...link, minGeneration: 6 })).toBe(false);
    expect(await redriveLink(bench.database, { ...link, minGeneration: 5 })).toBe(true);
  });

  test('does not look before the last one-way message has settled (L19)', async () => {
    const link = await linkIn('exhausted');
    await bench.database.query(`update link set settle_until = now() + interval '1 hour' where user_id = $1`, [link.userId]);
    expect(await redriveNewest(bench.database, link, OLGA)).toBe('redriven');
    expect(await isDue(link.userId)).toBe(false);
  });

  test('concerns one person at one system (L16)', async () => {
    const [link, other] = [await linkIn('rejected'), await linkIn('rejected')];
    expect(await redriveNewest(bench.database, { ...link, system: 'elsewhere' }, OLGA)).toBe('unknown');
    await bench.database.query(`insert into link (system, user_id, newest_seen, user_generation, desired, origin, priority, state, not_before)
      select 'elsewhere', user_id, newest_seen, user_generation, desired, origin, priority, state, not_before from link where user_id = $1`, [link.userId]);
    expect(await redriveNewest(bench.database, link, OLGA)).toBe('redriven');
    expect(await bench.database.query('select system, state, redrives from link where user_id = $1 order by system', [link.userId])).toEqual([
      { system: 'directory', state: 'pending', redrives: 1 },
      { system: 'elsewhere', state: 'rejected', redrives: 0 },
    ]);
    expect(await bench.link(other.userId)).toMatchObject({ state: 'rejected', redrives: 0 });
  });
});
