import { readFileSync, writeFileSync } from 'node:fs';
import type { DesiredAccount, ScimUser } from '@rolebridge/contracts';
import { aWish, list, messageOf, planFor, someSettings, steps, unitList } from '../decide/wishes.fixture.ts';
import type { Past } from '../decide/wishes.fixture.ts';
import { employeeReplicationXml } from './employee-replication.xml.ts';

/** Input → message on the wire, in `test/golden`. `UPDATE_GOLDEN=1` writes the files anew; read the difference before you commit it. */

interface Case {
  readonly wish?: Partial<DesiredAccount>;
  readonly attributes?: Partial<ScimUser>;
  readonly past?: Past;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly today?: string;
}

const joined = (units: readonly string[], roles: readonly string[] = ['FIELD_SALES']) =>
  steps(planFor(aWish({ entitlements: { unit: unitList(units, units[0]), role: list(roles) } }), {}, someSettings(), '2026-02-03')).target;

const HOSTILE = `& < > " ' ]]> , ; ~ 😀 李`;

const CASES: Readonly<Record<string, Case>> = {
  joiner: {
    attributes: {
      phoneNumbers: [
        { type: 'work', value: '+49 6227 12345' },
        { type: 'mobile', value: '+49 171 12345' },
      ],
    },
  },
  'joiner-hostile': {
    wish: { entitlements: { unit: unitList([HOSTILE.slice(0, 20).trim(), 'ü'], 'ü'), role: list([HOSTILE]) } },
    attributes: { userName: `o'neil&<x>`, name: { givenName: `line\r\nbreak\ttab`, familyName: HOSTILE } },
  },
  'joiner-by-employee-number': {
    settings: { accountKey: 'employeeNumber', keyElement: 'ReceiverEmployeeID', language: 'de', endDate: '9999-01-01', codes: { businessCharacter: '15', unitIdType: '918', primaryUnit: 'P', furtherUnit: 'F' } },
    wish: { entitlements: { unit: unitList(['100', '200'], '200'), role: list(['FIELD_SALES']) } },
    past: { accountKey: '700123' },
  },
  'mover-after-lost-answer': {
    wish: { entitlements: { unit: unitList(['300'], '300'), role: list(['FIELD_SALES']) } },
    past: { lastApplied: joined(['100']), attempted: [joined(['100', '200'])] },
  },
  'mover-with-adopted-lists': {
    settings: { assignmentsAdopted: true, defaultResponsibility: true },
    wish: { entitlements: { unit: unitList(['100', '300'], '300'), role: list(['MANAGER']) } },
    past: { lastApplied: joined(['100', '200']) },
  },
  'mover-by-end-date': {
    settings: { unitEnd: 'end-date', unitIds: 'sender' },
    wish: { entitlements: { unit: unitList(['300'], '300'), role: list(['FIELD_SALES']) } },
    past: { lastApplied: joined(['100']) },
  },
  rename: { attributes: { userName: 'LCHEN', name: { familyName: 'Chen' } }, past: { lastApplied: joined(['100']) } },
  'no-statement-about-lists': { wish: { entitlements: {} }, past: { lastApplied: joined(['100']) }, attributes: { name: { givenName: 'Lia', familyName: 'Ng' } } },
  lock: { wish: { presence: 'disabled', urgency: 'leaving' }, past: { lastApplied: joined(['100']) } },
  'lock-in-spite-of-a-wrong-name': { wish: { presence: 'disabled' }, attributes: { name: {} }, past: { lastApplied: joined(['100']) } },
  leaver: { wish: { presence: 'absent', entitlements: {} }, past: { lastApplied: joined(['100', '200'], ['FIELD_SALES', 'MANAGER']) } },
  'leaver-deleted': { settings: { deleteMode: 'remove' }, wish: { presence: 'absent', entitlements: {} }, past: { lastApplied: joined(['100']) } },
};

test.each(Object.entries(CASES))('%s', (name, { wish, attributes, past, settings: overrides, today }) => {
  const settings = someSettings(overrides);
  const message = messageOf(planFor(aWish(wish, attributes), past, settings, today));
  const xml = employeeReplicationXml(message, { id: '0123456789abcdef0123456789abcdef', createdAt: new Date('2026-11-22T08:15:00.000Z') }, settings);
  const file = new URL(`../../test/golden/${name}.xml`, import.meta.url);
  const lines = `${xml.replaceAll('><', '>\n<')}\n`;
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, lines);
  expect(lines).toBe(readFileSync(file, 'utf8'));
});
