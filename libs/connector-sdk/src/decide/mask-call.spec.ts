import { assert, constantFrom, property, string, tuple } from 'fast-check';
import { person } from '../test/workbench.ts';
import { callMask } from './mask-call.ts';

const wish = person('anna.berg').wish({ units: ['US_SALES', '100'] });
const desired = {
  ...wish,
  attributes: { ...wish.attributes, userName: 'anna.berg', name: { familyName: "O'Berg-Müller", givenName: 'Anna' }, title: 'Head teacher', employeeNumber: '4711', locale: 'de-DE', active: true, emails: [{ value: 'anna@example.org', type: 'work' }] },
};
const mask = callMask(desired);

describe('a masked request', () => {
  test('keeps structure, codes and entitlements; every other value is only its length', () => {
    const body = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName: 'anna.berg', active: true, name: { familyName: "O'Berg-Müller" }, employeeNumber: 4711, units: ['US_SALES', '100', 'OTHER'], locale: 'de-DE', emails: [{ value: 'anna@example.org', type: 'work' }], password: 's3cr3t', note: null };
    expect(JSON.parse(mask.request(JSON.stringify(body)))).toEqual({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      userName: '[9 characters]',
      active: true,
      name: { familyName: '[13 characters]' },
      employeeNumber: '[4 characters]',
      units: ['US_SALES', '100', '[5 characters]'],
      locale: 'de-DE',
      emails: [{ value: '[16 characters]', type: 'work' }],
      password: '[6 characters]',
      note: null,
    });
  });

  test('keeps a patch readable, but not what its path says about somebody', () => {
    const body = { Operations: [{ op: 'replace', path: 'title', value: 'x' }, { op: 'remove', path: 'members[value eq "anna.berg"]' }, { op: 'add', path: 'anna', value: { 'anna@example.org': 1 } }] };
    expect(JSON.parse(mask.request(JSON.stringify(body)))).toEqual({ Operations: [{ op: 'replace', path: 'title', value: '[1 characters]' }, { op: 'remove', path: '[29 characters]' }, { op: 'add', path: '[4 characters]', value: { '[16 characters]': '[1 characters]' } }] });
  });

  test.each([
    ['<n:User actionCode="04" id="anna.berg"><Name>Anna</Name><Unit>US_SALES</Unit><Status>open</Status></n:User>', '<n:User actionCode="04" id="[9 characters]"><Name>[4 characters]</Name><Unit>US_SALES</Unit><Status>open</Status></n:User>'],
    ['<a><!-- Anna --><b><![CDATA[Anna]]></b></a>', '<a><b>[4 characters]</b></a>'],
    ["<a x='Anna'>\n <b>tail</b>Anna</a>", '<a x="[4 characters]">\n <b>[4 characters]</b>[4 characters]</a>'],
    ['<?xml version="1.0"?><wsse:Password>s3cr3t</wsse:Password>', '<?xml version="1.0"?><wsse:Password>[6 characters]</wsse:Password>'],
    ['anna.berg,US_SALES', '[18 characters]'],
    ['<Name>Anna', '<Name>[4 characters]'],
    ['<a b="Anna', '<a b="[4 characters]"'],
  ])('%s', (body, expected) => {
    expect(mask.request(body)).toBe(expected);
  });
});

describe('a masked answer', () => {
  test('keeps sentences without the person, quoted texts, numbers, addresses and secrets', () => {
    const text = JSON.stringify({ status: '409', scimType: 'uniqueness', detail: 'User ANNA.BERG (anna@example.org, 4711) exists as "Bert Zahn" in 123456; token=abcdef', id: 'abc' });
    const answer = mask.answer({ status: 409, text });
    expect(answer.split('\n')[0]).toBe('status 409');
    expect(JSON.parse(answer.slice(answer.indexOf('{')))).toEqual({ status: '409', scimType: 'uniqueness', detail: 'User ….… ([e-mail], …) exists as "…" in …; token=[redacted]', id: '[3 characters]' });
  });

  test('may be XML, plain text or nothing', () => {
    expect(mask.answer({ status: 500, text: '<Fault><faultcode>Client</faultcode><faultstring>Anna is unknown</faultstring><who>Bert</who></Fault>' })).toBe('status 500\n<Fault><faultcode>Client</faultcode><faultstring>… is unknown</faultstring><who>[4 characters]</who></Fault>');
    expect(mask.answer({ text: 'Record of Anna refused' })).toBe('Record of … refused');
    expect(mask.answer({ status: 503 })).toBe('status 503');
  });
});

test('what is made of names is hidden, too, and the key of the account', () => {
  const other = callMask(desired, ['XK77']);
  expect(JSON.parse(other.request(JSON.stringify({ code: 'annaberg', kind: 'xk77', status: 'open' })))).toEqual({ code: '[8 characters]', kind: '[4 characters]', status: 'open' });
  expect(other.answer({ text: 'Account ANNABERG2 (XK77) is an animal' })).toBe('Account ……2 (…) is an animal');
});

test('a name is hidden also where a target writes in capitals', () => {
  const strict = callMask({ ...desired, attributes: { ...desired.attributes, name: { familyName: 'Großmann' } } });
  expect(strict.answer({ text: 'GROSSMANN is unknown' })).toBe('… is unknown');
});

test('whatever a person is called: no word of theirs comes through, in any form of body', () => {
  const word = string({ unit: constantFrom('q', 'x', 'z', 'ü', 'ß', 'Ж', '愛'), minLength: 3, maxLength: 8 });
  assert(
    property(tuple(word, word, word), constantFrom('path', 'detail', 'name', 'code', 'message', 'kind', 'x'), ([first, last, mail], key) => {
      const one = callMask({ ...desired, attributes: { ...desired.attributes, name: { givenName: first, familyName: last }, emails: [{ value: `${mail}@example.org` }] } });
      const bodies = [JSON.stringify({ [key]: `${first} ${last.toUpperCase()}`, [`${mail}@example.org`]: [{ [key]: [mail] }] }), `<${key} a="${first}">${last} <b>${mail}@example.org</b></${key}>`, `${first};${last};${mail}@example.org`];
      const shown = bodies.flatMap((body) => [one.request(body), one.answer({ text: body })]).join('\n').toLowerCase();
      for (const secret of [first, last, mail]) expect(shown).not.toContain(secret.toLowerCase());
    }),
    { numRuns: 300 },
  );
});

test('is done in linear time, also for a hostile megabyte', () => {
  const before = process.cpuUsage();
  for (const text of ['<a '.repeat(300_000), '<a b="'.repeat(200_000), `{"a":"${'"'.repeat(10)}`.repeat(50_000), '<![CDATA['.repeat(100_000), '<!--'.repeat(200_000), '"'.repeat(900_000), '[['.repeat(400_000)]) {
    mask.request(text);
    mask.answer({ text });
  }
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(3000);
});
