import { LinkRecord } from './link-record.ts';
import { Rig, SECRETS } from './rig.ts';
import { wish } from './wishes.ts';

let rig: Rig;

afterEach(() => rig.close());

const person = () => new LinkRecord(wish().userId);

describe('the usual life', () => {
  test('a joiner becomes a user with units, and a repetition writes nothing', async () => {
    rig = await Rig.start();
    const connector = rig.connector();
    const kim = person();
    const desired = wish({ units: ['PLANT10', 'PLANT22'], attributes: { 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { costCenter: 'CC-12', division: 'D1', manager: { value: 'm1' } } } });
    expect(await kim.attempt(connector, desired)).toMatchObject({ steps: ['create', 'set-units'] });
    const { users, effects } = await rig.state();
    expect(users).toMatchObject([{ userName: 'mora.k', active: true, units: ['PLANT10', 'PLANT22'], attributes: { name: { givenName: 'Kim', familyName: 'Mora' } } }]);
    expect(await kim.attempt(connector, desired)).toMatchObject({ steps: [] });
    expect((await rig.state()).effects).toEqual(effects);
  });

  test('a mover loses the old unit, a rename keeps the login, and only creation sets the division', async () => {
    rig = await Rig.start();
    const connector = rig.connector();
    const kim = person();
    await kim.attempt(connector, wish({ units: ['PLANT10'] }));
    const moved = wish({ generation: 2, units: ['PLANT22'], attributes: { userName: 'mora-lund.k', name: { givenName: 'Kim', familyName: 'Mora-Lund' }, 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { division: 'D9', department: 'Sales' } } });
    expect(await kim.attempt(connector, moved)).toMatchObject({ steps: ['update', 'set-units'], plan: { warnings: [expect.stringContaining('keeps the login'), expect.stringContaining('division')] } });
    expect((await rig.state()).users).toEqual([
      expect.objectContaining({
        userName: 'mora.k',
        units: ['PLANT22'],
        attributes: expect.objectContaining({ name: { givenName: 'Kim', familyName: 'Mora-Lund' }, 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { department: 'Sales' } }),
      }),
    ]);
    expect(await kim.attempt(connector, moved)).toMatchObject({ steps: [] });
  });

  test('a leaver is locked before the units go, and a rehire gets them before being let in again', async () => {
    rig = await Rig.start();
    const connector = rig.connector();
    const kim = person();
    await kim.attempt(connector, wish({ units: ['PLANT10'] }));
    expect(await kim.attempt(connector, wish({ generation: 2, presence: 'absent', units: [] }))).toMatchObject({ steps: ['lock', 'set-units'] });
    expect((await rig.state()).users).toMatchObject([{ active: false, units: [] }]);
    expect(await kim.attempt(connector, wish({ generation: 3, units: ['PLANT30'] }))).toMatchObject({ steps: ['set-units', 'unlock'] });
    expect((await rig.state()).users).toMatchObject([{ active: true, units: ['PLANT30'] }]);
  });

  test('somebody without an e-mail can still be locked', async () => {
    rig = await Rig.start();
    const connector = rig.connector();
    const kim = person();
    await kim.attempt(connector, wish({ units: ['PLANT10'] }));
    const locked = wish({ generation: 2, presence: 'disabled', units: ['PLANT10'], attributes: { emails: [] } });
    expect(await kim.attempt(connector, locked)).toMatchObject({ steps: ['lock'], plan: { warnings: [expect.stringContaining('emails')] } });
    expect((await rig.state()).users).toMatchObject([{ active: false }]);
  });

  test('with PATCH only what differs is written, and what is stated no longer is cleared', async () => {
    rig = await Rig.start();
    const connector = rig.connector({ updateMethod: 'PATCH' });
    const kim = person();
    await kim.attempt(connector, wish({ attributes: { title: 'Buyer', displayName: 'Kim Mora' } }));
    expect(await kim.attempt(connector, wish({ generation: 2, attributes: { displayName: 'Kim M.' } }))).toMatchObject({ steps: ['update'] });
    const [user] = (await rig.state()).users;
    expect(user?.attributes).toMatchObject({ displayName: 'Kim M.', locale: 'en_US' });
    expect(user?.attributes).not.toHaveProperty('title');
  });

  test('where leavers are deleted, the account is gone, and deleting it twice is no error', async () => {
    rig = await Rig.start();
    const connector = rig.connector({ deleteMode: 'delete' });
    const kim = person();
    await kim.attempt(connector, wish());
    const gone = wish({ generation: 2, presence: 'absent' });
    expect(await kim.attempt(connector, gone)).toMatchObject({ steps: ['delete'] });
    expect(await kim.attempt(connector, gone)).toMatchObject({ steps: [] });
    expect((await rig.state()).users).toEqual([]);
  });

  test('roles follow the configured layout of their upload, as differences', async () => {
    const roles = {
      connectorName: 'User Role Association Upload',
      columns: [{ caption: 'Mod', value: 'modification' }, { caption: 'User', value: 'username' }, { caption: 'Role', value: 'role' }, { caption: 'Note', value: 'constant', constant: 'x' }],
      add: 'A',
      remove: 'D',
    } as const;
    rig = await Rig.start({ roles });
    const connector = rig.connector({ roles });
    const kim = person();
    await kim.attempt(connector, wish({ roles: ['Buyer', 'Approver'] }));
    expect(await kim.attempt(connector, wish({ generation: 2, roles: ['Approver', 'Auditor'] }))).toMatchObject({ steps: ['set-roles'] });
    expect((await rig.state()).users).toMatchObject([{ roles: ['Approver', 'Auditor'] }]);
  });

  test('a system that keeps its roles to itself is told so, and the rest is done', async () => {
    rig = await Rig.start();
    const attempt = await person().attempt(rig.connector({ roleGroups: false }), wish({ units: ['PLANT10'], roles: ['Buyer'] }));
    expect(attempt).toMatchObject({ steps: ['create', 'set-units'], plan: { warnings: [expect.stringContaining('settings.roles')] } });
  });

  test('where an upload only extends the list, what is too much stays and is said', async () => {
    rig = await Rig.start({ unitList: 'add' });
    const connector = rig.connector({ unitList: 'add' });
    const kim = person();
    await kim.attempt(connector, wish({ units: ['PLANT10'] }));
    expect(await kim.attempt(connector, wish({ generation: 2, units: ['PLANT22'] }))).toMatchObject({ steps: ['set-units'], plan: { warnings: [expect.stringContaining('cannot be taken away')] } });
    expect((await rig.state()).users).toMatchObject([{ units: ['PLANT10', 'PLANT22'] }]);
    expect(await kim.attempt(connector, wish({ generation: 3, units: ['PLANT22'] }))).toMatchObject({ steps: [], plan: { warnings: [expect.stringContaining('cannot be taken away')] } });
  });
});

describe('the token', () => {
  test('is one for all instances: the second one uses what the first has fetched', async () => {
    rig = await Rig.start();
    const [first, second] = [rig.connector(), rig.connector()];
    await Promise.all([new LinkRecord('1').attempt(first, wish({ attributes: { userName: 'a' } })), new LinkRecord('2').attempt(second, wish({ attributes: { userName: 'b' } }))]);
    expect((await rig.state()).tokensIssued).toBe(1);
  });

  test('that somebody else has ended is renewed once, and both instances go on with the new one', async () => {
    rig = await Rig.start();
    const [first, second] = [rig.connector(), rig.connector()];
    await first.probe(AbortSignal.timeout(5_000));
    await stealToken();
    const people = Array.from({ length: 10 }, (_, index) => ({ link: new LinkRecord(`${index}`), connector: index % 2 === 0 ? first : second, desired: wish({ attributes: { userName: `user${index}` } }) }));
    const attempts = await Promise.all(people.map(({ link, connector, desired }) => link.attempt(connector, desired)));
    expect(attempts.map(({ steps }) => steps)).toEqual(people.map(() => ['create']));
    expect((await rig.state()).tokensIssued).toBe(3);
  });

  test('that is refused twice is a failure of the whole system, after exactly one renewal', async () => {
    rig = await Rig.start();
    await rig.order({ kind: 'wrong-credentials', operation: 'GET /Users' });
    const { failure } = await person().attempt(rig.connector(), wish());
    expect(failure).toMatchObject({ kind: 'halting', code: 'http-401' });
    expect((await rig.calls()).map(({ operation }) => operation)).toEqual(['token', 'GET /Users', 'token', 'GET /Users']);
  });

  async function stealToken(): Promise<void> {
    const basic = Buffer.from(`${SECRETS.FIELDGLASS_VIRTUAL_PERSON}:${SECRETS.FIELDGLASS_LICENSE_KEY}`).toString('base64');
    const response = await fetch(`${rig.simulator.url}/api/oauth2/v2.0/token?grant_type=client_credentials`, { method: 'POST', headers: { authorization: `Basic ${basic}` } });
    expect(response.status).toBe(200);
  }
});

describe('credentials', () => {
  test('that are wrong for the token, or for the upload, fail the probe', async () => {
    rig = await Rig.start();
    const probe = (settings: object) => rig.connector(settings).probe(AbortSignal.timeout(5_000));
    await expect(probe({})).resolves.toBeUndefined();
    process.env['WRONG'] = 'wrong';
    await expect(probe({ uploadPassword: { env: 'WRONG' } })).rejects.toMatchObject({ failure: { kind: 'halting', code: 'upload-credentials' } });
    await rig.order({ kind: 'wrong-credentials', operation: 'token' });
    await rig.order({ kind: 'wrong-credentials', operation: 'GET /ServiceProviderConfig' });
    await expect(probe({ licenseKey: { env: 'WRONG' } })).rejects.toMatchObject({ failure: { kind: 'halting', code: 'http-401' } });
    expect((await rig.state()).users).toEqual([]);
  });

  test('a wrong SCIM path is found by the probe, not taken for an empty system', async () => {
    rig = await Rig.start();
    await expect(rig.connector({ scimBasePath: '/api/v9' }).probe(AbortSignal.timeout(5_000))).rejects.toMatchObject({ failure: { kind: 'halting', code: 'scim-base-path' } });
    expect((await person().attempt(rig.connector({ scimBasePath: '/api/v9' }), wish())).failure).toMatchObject({ kind: 'halting', code: 'scim-base-path' });
  });
});

describe('trouble', () => {
  test('429 says when to come back, 503 is transient, and nothing was done', async () => {
    rig = await Rig.start();
    const kim = person();
    const connector = rig.connector();
    await rig.order({ kind: 'throttle', operation: 'POST /Users', value: 7, times: 1 });
    expect((await kim.attempt(connector, wish())).failure).toMatchObject({ kind: 'transient', code: 'http-429', retryAfterMs: 7_000 });
    await rig.order({ kind: 'server-error', operation: 'POST /Users', value: 503, times: 1 });
    expect((await kim.attempt(connector, wish())).failure).toMatchObject({ kind: 'transient', code: 'http-503' });
    expect(await kim.attempt(connector, wish())).toMatchObject({ steps: ['create'] });
  });

  test('a create whose answer was lost is in doubt; the next attempt finds the account and makes no second one', async () => {
    rig = await Rig.start();
    const kim = person();
    const connector = rig.connector();
    await rig.order({ kind: 'reset-after', operation: 'POST /Users', times: 1 });
    expect((await kim.attempt(connector, wish({ units: ['PLANT10'] }))).failure).toMatchObject({ kind: 'in-doubt', code: 'connection-lost' });
    expect(await kim.attempt(connector, wish({ units: ['PLANT10'] }))).toMatchObject({ steps: ['set-units'], plan: { accountId: 'fg-1' } });
    expect((await rig.state()).users).toMatchObject([{ id: 'fg-1', units: ['PLANT10'] }]);
  });

  test('an account that a search does not show yet makes the create doubtful, never double', async () => {
    let now = 1_000_000;
    rig = await Rig.start({ searchLagMs: 5_000, nowMs: () => now });
    const kim = person();
    const connector = rig.connector();
    await rig.order({ kind: 'reset-after', operation: 'POST /Users', times: 1 });
    await kim.attempt(connector, wish());
    expect((await kim.attempt(connector, wish())).failure).toMatchObject({ kind: 'in-doubt', code: 'already-exists' });
    now += 5_000;
    expect(await kim.attempt(connector, wish())).toMatchObject({ steps: [], plan: { accountId: 'fg-1' } });
    expect((await rig.state()).users).toHaveLength(1);
  });

  test('a unit upload whose answer was lost leaves no unit behind that is not wished any more', async () => {
    rig = await Rig.start();
    const kim = person();
    const connector = rig.connector();
    await kim.attempt(connector, wish({ units: ['100'] }));
    await rig.order({ kind: 'reset-after', operation: 'dataTransfer', times: 1 });
    expect((await kim.attempt(connector, wish({ generation: 2, units: ['100', '200'] }))).failure).toMatchObject({ kind: 'in-doubt' });
    expect(await kim.attempt(connector, wish({ generation: 3, units: ['100'] }))).toMatchObject({ steps: ['set-units'] });
    expect((await rig.state()).users).toMatchObject([{ units: ['100'] }]);
  });

  test('a target that does not answer in time is in doubt after a write and transient after a read', async () => {
    rig = await Rig.start();
    const connector = rig.connector({}, { timeoutMs: 150 });
    await rig.order({ kind: 'latency', operation: 'POST /Users', value: 600, times: 1 });
    expect((await person().attempt(connector, wish())).failure).toMatchObject({ kind: 'in-doubt', code: 'timeout' });
    await rig.order({ kind: 'latency', operation: 'GET /Users', value: 600, times: 1 });
    expect((await person().attempt(connector, wish())).failure).toMatchObject({ kind: 'transient', code: 'timeout' });
  });

  test('a connector that is told to stop waits for nobody', async () => {
    rig = await Rig.start();
    await rig.order({ kind: 'latency', operation: 'GET /Users', value: 10_000 });
    const started = Date.now();
    const { failure } = await person().attempt(rig.connector({}, { timeoutMs: 20_000 }), wish(), AbortSignal.timeout(100));
    expect(failure).toMatchObject({ kind: 'transient', code: 'aborted' });
    expect(Date.now() - started).toBeLessThan(3_000);
  });

  test('a target that is down is unreachable or cut off, never a verdict about the user', async () => {
    rig = await Rig.start();
    const connector = rig.connector();
    await rig.order({ kind: 'down' });
    expect((await person().attempt(connector, wish())).failure).toMatchObject({ kind: 'transient' });
  });

  test('a user unknown to the upload is waited for', async () => {
    rig = await Rig.start();
    const kim = person();
    const connector = rig.connector();
    await kim.attempt(connector, wish());
    const stranger = { kind: 'set-units', generation: 1, login: 'nobody', units: ['PLANT10'], sensitive: ['nobody'] };
    const step = { name: 'set-units', creates: false, losses: [], payload: stranger, body: '' };
    const call = { correlationId: 'c', wireId: '', signal: AbortSignal.timeout(5_000) };
    await expect(connector.apply(step, kim.view, call)).rejects.toMatchObject({ failure: { kind: 'waiting', code: 'user-not-there-yet' } });
  });

  test('200 with a return code is a failure, and its explanation comes without names', async () => {
    rig = await Rig.start();
    const kim = person();
    const connector = rig.connector();
    await rig.order({ kind: 'error-code', operation: 'dataTransfer', value: 255, times: 1 });
    const { failure } = await kim.attempt(connector, wish({ units: ['PLANT10'] }));
    expect(failure).toMatchObject({ kind: 'rejected', code: 'upload-bad-object', message: expect.stringContaining('Error 255 for user …') });
    expect(failure?.message).not.toContain('mora.k');
  });

  test('a fault with an explanation is about this user', async () => {
    rig = await Rig.start();
    await rig.order({ kind: 'refuse', operation: 'dataTransfer', user: 'mora.k' });
    const { failure } = await person().attempt(rig.connector(), wish({ units: ['PLANT10'] }));
    expect(failure).toMatchObject({ kind: 'rejected', code: 'upload-refused', message: 'SAP Fieldglass refused the upload. It says: User … must not be changed' });
  });

  test('an account deleted behind our back is opened again with its units', async () => {
    rig = await Rig.start();
    const kim = person();
    await kim.attempt(rig.connector({ deleteMode: 'delete' }), wish({ units: ['PLANT10'] }));
    await new LinkRecord('x').attempt(rig.connector({ deleteMode: 'delete' }), wish({ presence: 'absent' }));
    expect(await kim.attempt(rig.connector(), wish({ units: ['PLANT10'] }))).toMatchObject({ steps: ['create', 'set-units'] });
    expect((await rig.state()).users).toMatchObject([{ id: 'fg-2', units: ['PLANT10'] }]);
  });
});

describe('an asynchronous upload', () => {
  const asynchronous = { pollEveryMs: 50, pollForMs: 1_000 };

  test('is applied only when a record tells so', async () => {
    rig = await Rig.start({ asynchronousMs: 200 });
    expect(await person().attempt(rig.connector({ asynchronous }), wish({ units: ['PLANT10'] }))).toMatchObject({ steps: ['create', 'set-units'] });
    expect((await rig.state()).users).toMatchObject([{ units: ['PLANT10'] }]);
    expect(rig.log).toContain('"transactionId":"T1"');
  });

  test('whose record failed is refused, whose record does not come is in doubt', async () => {
    rig = await Rig.start({ asynchronousMs: 100, units: ['PLANT10'] });
    const refused = await person().attempt(rig.connector({ asynchronous }), wish({ units: ['PLANT99'] }));
    expect(refused.failure).toMatchObject({ kind: 'rejected', code: 'upload-record-failed' });
    const impatient = await new LinkRecord('2').attempt(rig.connector({ asynchronous: { pollEveryMs: 50, pollForMs: 60 } }), wish({ attributes: { userName: 'b' }, units: ['PLANT10'] }));
    expect(impatient.failure).toMatchObject({ kind: 'in-doubt', code: 'upload-pending' });
  });
});

describe('hostile content', () => {
  const HOSTILE = ['Kim & <b>"O\'Hara"</b>', 'a]]>b', 'x,y;z', 'line\r\nbreak\rand\ttab', '👩🏽‍💻 Zoë', ' padded ', '=cmd()', 'x'.repeat(41)];

  test('arrives as it was, in both interfaces', async () => {
    rig = await Rig.start();
    const connector = rig.connector();
    for (const [index, text] of HOSTILE.entries()) {
      const login = `${text}#${index}`;
      const desired = wish({ units: [text, `${text}2`], attributes: { userName: login, name: { givenName: text, familyName: text }, displayName: text } });
      expect(await new LinkRecord(`${index}`).attempt(connector, desired)).toMatchObject({ steps: ['create', 'set-units'] });
      expect((await rig.state()).users.find(({ userName }) => userName === login)).toMatchObject({ units: [text, `${text}2`], attributes: { displayName: text } });
    }
  });

  test('that cannot be sent is refused with its field, before any call that writes', async () => {
    rig = await Rig.start();
    const connector = rig.connector();
    const refusal = async (parts: Parameters<typeof wish>[0]) => (await person().attempt(connector, wish(parts))).failure;
    expect(await refusal({ units: ['A', 'B~C'] })).toMatchObject({ kind: 'rejected', code: 'unit-separator', field: 'entitlements.unit.items[1].value' });
    expect(await refusal({ units: ['A\u0000'] })).toMatchObject({ kind: 'rejected', field: 'entitlements.unit.items[0].value' });
    expect(await refusal({ attributes: { displayName: 'half \ud83d' } })).toMatchObject({ kind: 'rejected', field: 'displayName' });
    expect(await refusal({ attributes: { userName: 'mora\u0000' } })).toMatchObject({ kind: 'rejected', field: 'userName' });
    expect(await refusal({ attributes: { userName: 'mora\udc00' } })).toMatchObject({ kind: 'rejected', field: 'userName' });
    expect((await rig.state()).users).toEqual([]);
  });
});

test('no secret ever reaches the log or an error', async () => {
  rig = await Rig.start();
  const connector = rig.connector();
  const failures: unknown[] = [];
  for (const kind of ['wrong-credentials', 'soap-fault', 'error-code', 'reset-before'] as const) {
    await rig.order({ kind, operation: 'dataTransfer', times: 1 });
    failures.push((await new LinkRecord(kind).attempt(connector, wish({ attributes: { userName: kind }, units: ['PLANT10'] }))).failure);
  }
  const told = JSON.stringify(failures) + rig.log;
  for (const secret of [SECRETS.FIELDGLASS_LICENSE_KEY, SECRETS.FIELDGLASS_UPLOAD_PASSWORD, Buffer.from(SECRETS.FIELDGLASS_LICENSE_KEY).toString('base64')]) expect(told).not.toContain(secret);
  expect(failures).toMatchObject([{ kind: 'halting', code: 'upload-credentials' }, { kind: 'rejected' }, { kind: 'in-doubt', code: 'upload-general-error' }, { kind: 'in-doubt', code: 'connection-lost' }]);
});
