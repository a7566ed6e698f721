import { messageIn, shortenSession } from './messages.ts';

function framed(letter: string, body: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(Buffer.byteLength(body) + 4);
  return Buffer.concat([Buffer.from(letter), length, Buffer.from(body)]);
}

/** Header and beginning of a JoinGroup request, version 5; an OffsetCommit begins with the group, too. */
function joinGroup(version = 5, key = 11): Buffer {
  const text = (value: string): Buffer => Buffer.concat([Buffer.from([0, value.length]), Buffer.from(value)]);
  const session = Buffer.alloc(8);
  session.writeInt32BE(10_000, 0);
  session.writeInt32BE(20_000, 4);
  const body = Buffer.concat([Buffer.from([0, key, 0, version, 0, 0, 0, 1]), text('ingest'), text('group-1'), session]);
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length);
  return Buffer.concat([length, body]);
}

test('a simple statement, a statement with parameters, a broker’s request and an HTTP request are told apart', () => {
  expect(messageIn(framed('Q', 'commit\0'))).toEqual({ wire: 'sql', text: 'commit' });
  expect(messageIn(framed('P', '\0insert into outbox values ($1)\0\0\0'))).toEqual({ wire: 'sql', text: 'insert into outbox values ($1)' });
  expect(messageIn(joinGroup())).toEqual({ wire: 'kafka', text: '11' });
  expect(messageIn(joinGroup(5, 8))).toEqual({ wire: 'kafka', text: '8 group-1' });
  expect(messageIn(Buffer.from('POST /accounts HTTP/1.1\r\nhost: x\r\n\r\n'))).toEqual({ wire: 'http', text: 'POST /accounts HTTP/1.1' });
});

test('everything else is nothing: bodies, log lines, halves of messages', () => {
  for (const text of ['', 'Q', '{"msg":"commit"}', 'POST something', 'PATCH /accounts']) expect(messageIn(Buffer.from(text))).toBeUndefined();
  expect(messageIn(framed('Q', 'select 1\0').subarray(0, 9))).toBeUndefined();
});

test('a session time-out is shortened where it stands, and nowhere else', () => {
  const request = joinGroup();
  const before = Buffer.from(request);
  shortenSession(request, 2_500);
  expect(request.readInt32BE(request.length - 8)).toBe(2_500);
  expect(request.subarray(0, -8)).toEqual(before.subarray(0, -8));
  expect(request.readInt32BE(request.length - 4)).toBe(20_000);
  const newer = joinGroup(6);
  shortenSession(newer, 2_500);
  expect(newer.readInt32BE(newer.length - 8)).toBe(10_000);
});
