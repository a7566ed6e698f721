import { sourceKey, toHeaders, topicName, TOPICS, type OutgoingRecord, type UserChange } from '@rolebridge/contracts';
import type { Ground } from './ground.ts';

const CUSTOM = 'urn:sap:cloud:scim:schemas:extension:custom:2.0:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const SAP = 'urn:ietf:params:scim:schemas:extension:sap:2.0:User';
const SOURCE = '/idm/hr';

/** Fourteen values of one person; each contains the mark, none is part of another. */
export function seeded(mark: string) {
  const values = {
    given: `Gerda${mark}`, family: `Fischer${mark}`, middle: `Milla${mark}`, nick: `Nicki${mark}`, display: `Displayed${mark}`, mail: `mail.${mark}`, phone: `0049-${mark}`, login: `login.${mark}`,
    number: `E${mark}`, external: `ext-${mark}`, unit: `1000-${mark}`, title: `Titled${mark}`, custom: `Custom${mark}`, department: `Dept${mark}`,
  };
  const user = {
    userName: values.login,
    externalId: values.external,
    name: { givenName: values.given, familyName: values.family, middleName: values.middle },
    nickName: values.nick,
    displayName: values.display,
    title: values.title,
    userType: 'employee',
    emails: [{ value: `${values.mail}@example.org`, type: 'work', primary: true }],
    phoneNumbers: [{ value: values.phone, type: 'work' }],
    [ENTERPRISE]: { employeeNumber: values.number, department: values.department },
    [SAP]: { userUuid: '5b1f6c58-0b0f-4c55-9d3c-000000000000' },
    [CUSTOM]: { attributes: [{ name: 'z_assignedInstitutes', value: values.unit }, { name: 'z_roles', value: 'SALES_X' }, { name: 'z_note', value: values.custom }] },
  };
  let sequence = 0;
  const change = (operation: UserChange['operation'], more: Partial<UserChange> = {}): OutgoingRecord => {
    sequence += 1;
    const value: UserChange = { operation, recordId: values.external, sequence, ...more };
    const key = sourceKey(SOURCE, value.recordId);
    return { topic: topicName('userChange'), key, value: JSON.stringify(value), headers: toHeaders({ source: SOURCE, type: TOPICS.userChange.eventType, subject: key, time: new Date().toISOString(), correlationid: `c-${sequence}` }) };
  };
  return { values: Object.values(values), user, change };
}

/** Where the values of a person are found: place and value, each once. */
export async function places(ground: Ground, values: readonly string[]) {
  const [rows, records, files] = [await ground.rows(), await ground.records(), await ground.logFiles()];
  return {
    tables: hits(values, rows.map(([table, row]) => [table, Buffer.from(row)] as const)),
    topics: hits(values, records.map(({ topic, key, value, headers }) => [topic, Buffer.concat([Buffer.from(JSON.stringify([key, headers])), value ?? Buffer.alloc(0)])] as const)),
    files: hits(values, files),
  };
}

export function hits(values: readonly string[], contents: readonly (readonly [string, Buffer])[]): readonly string[] {
  const found = contents.flatMap(([place, content]) => values.filter((value) => holds(content, value)).map((value) => `${place}: ${value}`));
  return [...new Set(found)].toSorted();
}

/** As it is, as PostgreSQL shows bytes, and in base64 as wrapped originals are. */
function holds(content: Buffer, value: string): boolean {
  return content.includes(value) || content.includes(Buffer.from(value).toString('hex')) || BASE64_SHIFTS.some((shift) => content.includes(base64Core(value, shift)));
}

const BASE64_SHIFTS = [0, 1, 2] as const;

/** The part of the base64 text of a value that does not depend on what stands before and after it. */
function base64Core(value: string, shift: number): string {
  const text = Buffer.from(' '.repeat(shift) + value).toString('base64').replaceAll('=', '');
  return text.slice(shift === 0 ? 0 : shift + 1, -3);
}
