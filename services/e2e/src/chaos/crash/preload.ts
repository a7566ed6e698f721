import { existsSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { type Message, messageIn, shortenSession } from './messages.ts';
import { asleepFile, CRASH_FILE, type CrashPoint, SESSION_MS } from './point.ts';

/** Loaded before a service (`node --import`): watches what the process says on its sockets and ends it at the point that the file names. */
const LOOK_MS = 50;
const sessionMs = Number(process.env[SESSION_MS] ?? 0);

type WriteArguments = Parameters<Socket['write']>;
type PushArguments = Parameters<Socket['push']>;

const file = process.env[CRASH_FILE];
/** What was said to the database since the transaction began. */
const statements = new WeakMap<Socket, readonly string[]>();
let point: CrashPoint | undefined;

function look(): void {
  point = file !== undefined && existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as CrashPoint) : undefined; // written by the test that waits for our death
}

/** As sudden as a power cut: nothing is flushed, nobody is told. Sleeping is the same, but for the end. */
function meet({ end = 'die' }: CrashPoint): void {
  if (file === undefined || !existsSync(file)) return;
  if (end === 'sleep') writeFileSync(asleepFile(file), String(process.pid));
  unlinkSync(file);
  point = undefined;
  process.kill(process.pid, end === 'sleep' ? 'SIGSTOP' : 'SIGKILL');
}

/** A message on this socket, if the chunk begins one; statements are remembered until their transaction ends. */
function heard(socket: Socket, chunk: unknown): Message | undefined {
  if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) return undefined;
  const message = messageIn(Buffer.from(chunk as Uint8Array)); // a text or bytes: Buffer.from takes both
  if (message?.wire !== 'sql') return message;
  const said = /^begin/i.test(message.text) ? [] : (statements.get(socket) ?? []);
  statements.set(socket, [...said, message.text]);
  return message;
}

function isMet({ wire, at, within }: CrashPoint, message: Message, said: readonly string[]): boolean {
  return message.wire === wire && new RegExp(at).test(message.text) && (within === undefined || said.some((text) => new RegExp(within).test(text)));
}

function overhear(socket: Socket, chunk: unknown): void {
  if (point === undefined) return;
  const message = heard(socket, chunk);
  if (!message || !isMet(point, message, statements.get(socket) ?? [])) return;
  const met = point;
  if (met.when === 'before') return meet(met);
  const reader: { push: (...answer: PushArguments) => boolean } = socket;
  const { push } = reader;
  reader.push = (...answer) => {
    reader.push = push;
    meet(met);
    return push.apply(socket, answer);
  };
}

/** A group notices sooner that a member died: an ordered death shall not cost ten seconds each. */
function shortened(chunk: unknown): void {
  if (sessionMs > 0 && chunk instanceof Uint8Array) shortenSession(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength), sessionMs);
}

if (file !== undefined) {
  look();
  setInterval(look, LOOK_MS).unref();
  const prototype: { write: (...given: WriteArguments) => boolean } = Socket.prototype;
  const { write } = prototype;
  prototype.write = function overheard(this: Socket, ...given: WriteArguments) {
    shortened(given[0]);
    overhear(this, given[0]);
    return write.apply(this, given);
  };
}
