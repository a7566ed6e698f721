import type { Fault, FaultKind } from './faults.ts';

/** What a call tells about itself so that faults can be aimed at it. */
export interface Aim {
  readonly operation: string;
  readonly key?: string;
  readonly aliases?: readonly string[];
}

/** A fault as ordered, with what is left of it. */
export interface OrderedFault extends Fault {
  readonly id: number;
  readonly hits: number;
  /** Milliseconds since the epoch. */
  readonly endsAtMs?: number;
}

/** What one call meets: a delay, and at most one fault that decides how it ends. */
export interface Verdict {
  readonly latencyMs: number;
  readonly fault?: OrderedFault;
}

const DEFAULT_LATENCY_MS = 1000;

/** The faults now in force. */
export class FaultBook {
  readonly #nowMs: () => number;
  readonly #random: () => number;
  #lastId = 0;
  #faults: OrderedFault[] = [];

  constructor(nowMs: () => number, random: () => number) {
    this.#nowMs = nowMs;
    this.#random = random;
  }

  add(fault: Fault): OrderedFault {
    this.#lastId += 1;
    const ordered = { ...fault, id: this.#lastId, hits: 0, ...(fault.forMs === undefined ? {} : { endsAtMs: this.#nowMs() + fault.forMs }) };
    this.#faults.push(ordered);
    return ordered;
  }

  clear(): void {
    this.#faults = [];
  }

  remove(id: number): boolean {
    const before = this.#faults.length;
    this.#faults = this.#faults.filter((fault) => fault.id !== id);
    return this.#faults.length < before;
  }

  /** In force now, in the order they were ordered. */
  list(): readonly OrderedFault[] {
    this.#faults = this.#faults.filter((fault) => this.#isAlive(fault));
    return this.#faults;
  }

  /** Whether a call that just arrived is cut off because the target is down. */
  takeDown(): boolean {
    const fault = this.list().find((candidate) => candidate.kind === 'down' && this.#drawn(candidate));
    if (fault) this.#hit(fault.id);
    return fault !== undefined;
  }

  /** All matching delays, and the first matching fault that ends the call; only these are counted as hit. */
  take(aim: Aim): Verdict {
    let latencyMs = 0;
    for (const fault of this.list()) {
      if (fault.kind === 'down' || !matches(fault, aim) || !this.#drawn(fault)) continue;
      const hit = this.#hit(fault.id);
      if (fault.kind !== 'latency') return { latencyMs, fault: hit };
      latencyMs += fault.value ?? DEFAULT_LATENCY_MS;
    }
    return { latencyMs };
  }

  #isAlive(fault: OrderedFault): boolean {
    const used = fault.times !== undefined && fault.hits >= fault.times;
    const over = fault.endsAtMs !== undefined && this.#nowMs() >= fault.endsAtMs;
    return !used && !over;
  }

  #drawn(fault: OrderedFault): boolean {
    return fault.share === undefined || this.#random() < fault.share;
  }

  #hit(id: number): OrderedFault {
    const index = this.#faults.findIndex((fault) => fault.id === id);
    const fault = this.#faults[index];
    if (!fault) throw new Error(`Fault ${id} is not in the book.`);
    const hit = { ...fault, hits: fault.hits + 1 };
    this.#faults[index] = hit;
    return hit;
  }
}

function matches(fault: Fault, aim: Aim): boolean {
  const operationFits = fault.operation === undefined || fault.operation === aim.operation;
  const userFits = fault.user === undefined || fault.user === aim.key || (aim.aliases ?? []).includes(fault.user);
  return operationFits && userFits;
}

/** Faults whose answer has the protocol's own form and so comes from the simulator. */
export const PROTOCOL_FAULTS = ['refuse', 'error-code', 'soap-fault', 'wrong-credentials'] as const satisfies readonly FaultKind[];
export type ProtocolFault = (typeof PROTOCOL_FAULTS)[number];
