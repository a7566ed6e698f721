import { Workbench } from '../test/workbench.ts';
import { renewAfterMs, type SharedToken, sharedToken } from './shared-token.ts';

describe('a token that all instances share (R-41)', () => {
  let bench: Workbench;
  let issued: number;
  const instance = (expiresInMs = 7_200_000): SharedToken =>
    sharedToken(bench.database, { system: 's', name: 'oauth' }, async () => {
      issued += 1;
      await new Promise((resolve) => setTimeout(resolve, 30));
      return { value: `token-${issued}`, expiresInMs };
    });

  beforeEach(async () => {
    issued = 0;
    bench = await Workbench.open();
  });
  afterEach(() => bench.close());

  test('however many ask at once, in however many instances, it is fetched once', async () => {
    const instances = [instance(), instance(), instance()];
    const tokens = await Promise.all(instances.flatMap((one) => [one.get(), one.get()]));
    expect(new Set(tokens)).toEqual(new Set(['token-1']));
  });

  test('a refused token is replaced once; the instance that comes later takes the new one', async () => {
    const [first, second] = [instance(), instance()];
    await Promise.all([first.get(), second.get()]);
    await expect(Promise.all([first.replace('token-1'), second.replace('token-1')])).resolves.toEqual(['token-2', 'token-2']);
    await expect(second.replace('token-1')).resolves.toBe('token-2');
    expect(issued).toBe(2);
  });

  test('a token with a short life is used for half of it, not fetched at each call', async () => {
    const one = instance(10_000);
    await one.get();
    await expect(instance(10_000).get()).resolves.toBe('token-1');
    expect([renewAfterMs(10_000), renewAfterMs(7_200_000)]).toEqual([5_000, 7_140_000]);
  });
});
