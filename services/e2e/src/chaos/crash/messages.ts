/** What a process says on a socket, as far as crash points care. */
export interface Message {
  readonly wire: 'sql' | 'kafka' | 'http';
  readonly text: string;
}

/** PURE. Recognises a statement (PostgreSQL, messages Query and Parse), a broker's request or the head of an HTTP request at the beginning of a chunk. */
export function messageIn(chunk: Buffer): Message | undefined {
  return sqlIn(chunk) ?? kafkaIn(chunk) ?? httpIn(chunk);
}

const QUERY = 0x51;
const PARSE = 0x50;

/** PostgreSQL, "Message Formats": Query is `Q`, length, text; Parse is `P`, length, name, text. */
function sqlIn(chunk: Buffer): Message | undefined {
  if (chunk.length < 6 || (chunk[0] !== QUERY && chunk[0] !== PARSE) || chunk.readInt32BE(1) > chunk.length - 1) return undefined;
  const [first = '', second = ''] = chunk.toString('utf8', 5, Math.min(chunk.length, 20_000)).split('\0');
  return { wire: 'sql', text: chunk[0] === QUERY ? first : second };
}

/** Kafka protocol guide: every request is its length, API key, API version, …; an OffsetCommit also says whose offsets it stores. */
function kafkaIn(chunk: Buffer): Message | undefined {
  if (chunk.length < 12 || chunk.readInt32BE(0) !== chunk.length - 4) return undefined;
  const key = chunk.readInt16BE(API_KEY_AT);
  return { wire: 'kafka', text: key === OFFSET_COMMIT ? `${key} ${groupIn(chunk)}` : String(key) };
}

/** The group, which JoinGroup and OffsetCommit name first, behind the client id. */
function groupIn(chunk: Buffer): string {
  const at = groupAt(chunk);
  return chunk.toString('utf8', at + 2, at + 2 + chunk.readInt16BE(at));
}

function groupAt(chunk: Buffer): number {
  return CLIENT_ID_AT + 2 + Math.max(0, chunk.readInt16BE(CLIENT_ID_AT));
}

function httpIn(chunk: Buffer): Message | undefined {
  const [line = ''] = chunk.toString('latin1', 0, 300).split('\r\n');
  return /^(GET|POST|PUT|PATCH|DELETE) \S+ HTTP\/1\.1$/.test(line) ? { wire: 'http', text: line } : undefined;
}

const OFFSET_COMMIT = 8;
const JOIN_GROUP = 11;
const API_KEY_AT = 4;
const API_VERSION_AT = 6;
const CLIENT_ID_AT = 12;
/** From this version on the lengths are written differently. */
const FLEXIBLE = 6;

/** Writes another session time-out into a JoinGroup request (Kafka protocol guide: client id, group id, session time-out); leaves everything else alone. */
export function shortenSession(chunk: Buffer, sessionMs: number): void {
  if (kafkaIn(chunk)?.text !== String(JOIN_GROUP) || chunk.readInt16BE(API_VERSION_AT) >= FLEXIBLE) return;
  const sessionAt = groupAt(chunk) + 2 + chunk.readInt16BE(groupAt(chunk));
  if (chunk.readInt16BE(API_KEY_AT) === JOIN_GROUP && sessionAt + 4 <= chunk.length) chunk.writeInt32BE(sessionMs, sessionAt);
}
