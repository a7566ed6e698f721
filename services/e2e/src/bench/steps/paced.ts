import { Pool } from 'undici';

/** Where requests go, and as whom. */
export interface Door {
  readonly url: string;
  readonly token: string;
}

export interface Pace {
  /** Requests in flight at most. */
  readonly connections: number;
  /** 0 = as fast as they are taken. */
  readonly perSecond: number;
}

export interface PacedCall {
  readonly method: 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: string;
  /** Any other answer ends the benchmark: a number with lost requests is no number. */
  readonly expect: number;
}

/**
 * @param dueAt when it was sent, milliseconds since the epoch; with a rate, when it was due: a front door that keeps callers waiting
 * must not look faster than it is.
 */
export type Answered = (index: number, dueAt: number, text: string) => void;

/** Sends all of them, in this order, and tells of each answer. */
export async function paced({ url, token }: Door, { connections, perSecond }: Pace, calls: readonly PacedCall[], answered: Answered): Promise<void> {
  const pool = new Pool(url, { connections, pipelining: 1 });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' };
  const startedAt = Date.now();
  let next = 0;

  /** Waits until the request is due; with a rate that is its place in an even row, else now. */
  async function turn(index: number): Promise<number> {
    if (perSecond === 0) return Date.now();
    const due = startedAt + (index * 1000) / perSecond;
    const wait = due - Date.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    return due;
  }

  async function worker(): Promise<void> {
    for (let index = next++; index < calls.length; index = next++) {
      const call = calls[index];
      if (!call) return;
      const dueAt = await turn(index);
      const { method, path, body, expect } = call;
      const answer = await pool.request({ method, path, headers, ...(body !== undefined && { body }) });
      const text = await answer.body.text();
      if (answer.statusCode !== expect) throw new Error(`The front door answered ${answer.statusCode} to ${method} ${path}: ${text.slice(0, 200)}`);
      answered(index, dueAt, text);
    }
  }

  try {
    await Promise.all(Array.from({ length: connections }, worker));
  } finally {
    await pool.destroy();
  }
}
