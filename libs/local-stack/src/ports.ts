import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { StackProblem } from './stack-problem.ts';

export const LOOPBACK = '127.0.0.1';
const POLL_MS = 25;

/** The wanted port if it is free, or any free one when none is wanted. */
export async function choosePort(name: string, wanted: number | undefined): Promise<number> {
  const server = createServer();
  server.listen(wanted ?? 0, LOOPBACK);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new StackProblem(`${name} needs port ${wanted} on ${LOOPBACK}, but another program has it: end that program or choose another port.`, { cause });
  }
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new StackProblem(`${name} found no free port on ${LOOPBACK}.`);
  return address.port;
}

export interface Waiting {
  readonly name: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Rejects the wait early, with the sentence it resolves to. */
  readonly exited: Promise<string>;
}

/** Polls until `ready` says yes; fails when the server ends first, when it takes too long, or when the signal aborts. */
export async function waitUntil(ready: () => Promise<boolean>, waiting: Waiting): Promise<void> {
  const deadline = performance.now() + waiting.timeoutMs;
  let ended: string | undefined;
  void waiting.exited.then((sentence) => (ended = sentence));
  while (!(await ready())) {
    if (ended !== undefined) throw new StackProblem(ended);
    if (performance.now() > deadline) throw new StackProblem(`${waiting.name} did not answer within ${waiting.timeoutMs / 1000} s: is the machine overloaded? Try again.`);
    await sleep(POLL_MS, undefined, waiting.signal ? { signal: waiting.signal } : {});
  }
}
