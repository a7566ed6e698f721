import { referencesIn, ScimError, withIds, withoutReferences } from '@rolebridge/scim';
import type { BulkOperation, BulkRequest, ScimErrorBody } from '@rolebridge/scim';
import type { Perform, Performed, ReadyOperation } from './bulk-performer.ts';
import type { Delivery } from '../store/idempotency.store.ts';

/** What became of one operation (RFC 7644 §3.7). */
export interface BulkOutcome {
  readonly operation: BulkOperation;
  readonly status: number;
  readonly done?: Performed;
  readonly error?: ScimErrorBody;
}

/** Operations about users that are on their way at once; they share commits, in order. */
const AT_ONCE = 100;

/**
 * Performs the operations of a bulk request in order, except that one waits for those whose bulkIds it names. Where operations wait for
 * each other, the first is performed without the references and completed in the end (RFC 7644 §3.7.1).
 *
 * @returns what became of those that were begun, in the order of the request
 */
export async function runBulk(request: BulkRequest, perform: Perform, deliveryOf: (at: number) => Delivery | undefined): Promise<readonly BulkOutcome[]> {
  const run = new BulkRun(request, perform, deliveryOf);
  return run.all();
}

class BulkRun {
  readonly #request: BulkRequest;
  readonly #perform: Perform;
  readonly #deliveryOf: (at: number) => Delivery | undefined;
  readonly #outcomes = new Map<number, BulkOutcome>();
  readonly #ids = new Map<string, string>();
  /** bulkIds of operations that are still to be performed. */
  readonly #awaited: Map<string, number>;
  readonly #incomplete = new Set<number>();
  #waiting: readonly number[];
  #errors = 0;

  constructor(request: BulkRequest, perform: Perform, deliveryOf: (at: number) => Delivery | undefined) {
    this.#request = request;
    this.#perform = perform;
    this.#deliveryOf = deliveryOf;
    this.#waiting = request.operations.map((_, at) => at);
    this.#awaited = new Map(request.operations.flatMap(({ bulkId }, at): [string, number][] => (bulkId === undefined ? [] : [[bulkId, at]])));
  }

  async all(): Promise<readonly BulkOutcome[]> {
    while (this.#waiting.length > 0 && !this.#isOver()) await this.#next();
    for (const at of this.#incomplete) await this.#complete(at);
    return this.#request.operations.flatMap((_, at) => this.#outcomes.get(at) ?? []);
  }

  #isOver(): boolean {
    return this.#request.failOnErrors !== undefined && this.#errors >= this.#request.failOnErrors;
  }

  async #next(): Promise<void> {
    const batch = this.#ready();
    this.#waiting = this.#waiting.filter((at) => !batch.includes(at));
    await Promise.all(batch.map((at) => this.#one(at)));
  }

  /** The first operation whose references are known, and those behind it that may go with it; when all wait, the first of all. */
  #ready(): readonly number[] {
    const start = this.#waiting.findIndex((at) => this.#references(at).every((bulkId) => !this.#awaited.has(bulkId)));
    const first = this.#waiting[Math.max(0, start)];
    if (first === undefined) return [];
    if (start === -1) this.#incomplete.add(first);
    if (start === -1 || !this.#mayGoTogether(first)) return [first];
    const behind = this.#waiting.slice(start, start + AT_ONCE);
    const end = behind.findIndex((at) => !this.#mayGoTogether(at));
    return end === -1 ? behind : behind.slice(0, end);
  }

  #mayGoTogether(at: number): boolean {
    const isUser = this.#request.operations[at]?.path.replace(/^\//, '').startsWith('Users') === true;
    return isUser && this.#request.failOnErrors === undefined && this.#references(at).length === 0;
  }

  #references(at: number): readonly string[] {
    const operation = this.#request.operations[at];
    const inPath = operation?.path.split('/').flatMap(referencesIn) ?? [];
    return [...inPath, ...referencesIn(operation?.data)].filter((bulkId) => this.#awaited.get(bulkId) !== at);
  }

  async #one(at: number): Promise<void> {
    const operation = this.#request.operations[at];
    if (!operation) return;
    try {
      const done = await this.#perform(this.#readied(operation, at));
      if (operation.bulkId !== undefined) this.#ids.set(operation.bulkId, done.id);
      this.#outcomes.set(at, { operation, status: STATUS[operation.method], done });
    } catch (error) {
      this.#fail(at, operation, error);
    }
    if (operation.bulkId !== undefined) this.#awaited.delete(operation.bulkId);
  }

  #readied(operation: BulkOperation, at: number): ReadyOperation {
    const { method, path, version } = operation;
    const data = withIds(operation.data, this.#ids);
    const lost = this.#references(at).filter((bulkId) => !this.#ids.has(bulkId) && !this.#awaited.has(bulkId));
    if (lost.length > 0) throw ScimError.plain(409, `There is no resource for the bulkId ${lost[0]}.`);
    const complete = this.#incomplete.has(at) ? withoutReferences(data) : data;
    const delivery = this.#deliveryOf(at);
    const resolved = path.split('/').map((part) => String(withIds(part, this.#ids))).join('/');
    return { method, path: resolved, ...(version !== undefined && { version }), ...(data !== undefined && { data: complete }), ...(delivery && { delivery }) };
  }

  /** What had to be performed without its references is replaced by the whole. */
  async #complete(at: number): Promise<void> {
    const outcome = this.#outcomes.get(at);
    if (!outcome?.done) return;
    const { operation, done } = outcome;
    try {
      const lost = referencesIn(operation.data).filter((bulkId) => !this.#ids.has(bulkId));
      if (lost.length > 0) throw ScimError.plain(409, `There is no resource for the bulkId ${lost[0]}.`);
      const whole = { method: operation.method === 'POST' ? ('PUT' as const) : operation.method, path: done.path, data: withIds(operation.data, this.#ids) };
      this.#outcomes.set(at, { ...outcome, done: await this.#perform(whole) });
    } catch (error) {
      this.#fail(at, operation, error);
    }
  }

  #fail(at: number, operation: BulkOperation, error: unknown): void {
    if (!(error instanceof ScimError)) throw error;
    this.#errors += 1;
    this.#outcomes.set(at, { operation, status: error.status, error: error.body() });
  }
}

const STATUS: Readonly<Record<BulkOperation['method'], number>> = { POST: 201, PUT: 200, PATCH: 200, DELETE: 204 };
