import type { Accounts } from './accounts.ts';
import type { Environment } from './options.ts';
import { readFile, type FileProblem, type UploadRow } from './upload-file.ts';

export interface UploadResult {
  readonly returnCode: number;
  readonly explanation?: string;
  readonly transactionId: string;
  readonly writes: number;
  /** What became of each row, where the connector tells it. */
  readonly rows?: readonly RowResult[];
}

export interface RowResult extends FileProblem {
  readonly userName: string;
}

interface Received {
  readonly transactionId: string;
  readonly dueAtMs: number;
  readonly connector: string;
  readonly text: string;
  readonly generation: string | undefined;
}

/** What the audit trail tells of one transaction. */
export interface AuditRecord {
  readonly transactionId: string;
  readonly status: 'Completed' | 'Failed';
  readonly details: string;
}

const DONE: FileProblem = { returnCode: 0, explanation: '' };

/** The upload service behind its envelope: at once, or received now and processed later. */
export class Uploads {
  readonly #accounts: Accounts;
  readonly #environment: Environment;
  #last = 0;
  #received: Received[] = [];
  #audit = new Map<string, AuditRecord>();

  constructor(accounts: Accounts, environment: Environment) {
    this.#accounts = accounts;
    this.#environment = environment;
  }

  take(connector: string, text: string, generation: string | undefined): UploadResult {
    this.#last += 1;
    const transactionId = `T${this.#last}`;
    const { asynchronousMs, nowMs } = this.#environment;
    if (asynchronousMs !== undefined) {
      this.#received.push({ transactionId, dueAtMs: nowMs() + asynchronousMs, connector, text, generation });
      return { returnCode: 0, explanation: 'file received', transactionId, writes: 0 };
    }
    const before = this.#accounts.effectCount();
    const problem = this.#environment.rowResults ? this.#processRows(connector, text, generation) : this.#process(connector, text, generation);
    return { returnCode: 0, ...problem, transactionId, writes: this.#accounts.effectCount() - before };
  }

  /** Does what has become due. */
  catchUp(): void {
    const now = this.#environment.nowMs();
    const due = this.#received.filter(({ dueAtMs }) => dueAtMs <= now);
    this.#received = this.#received.filter(({ dueAtMs }) => dueAtMs > now);
    for (const { transactionId, connector, text, generation } of due) {
      const problem = this.#process(connector, text, generation);
      this.#audit.set(transactionId, { transactionId, status: problem ? 'Failed' : 'Completed', details: problem?.explanation ?? '' });
    }
  }

  audit(transactionId: string): AuditRecord | undefined {
    return this.#audit.get(transactionId);
  }

  waiting(): number {
    return this.#received.length;
  }

  clear(): void {
    this.#received = [];
    this.#audit = new Map();
  }

  /** One bad row fails the whole file (`Transaction=True`, the documented default of a sibling connector). */
  #process(connector: string, text: string, generation: string | undefined): FileProblem | undefined {
    const file = readFile(connector, text, this.#environment);
    if (!file.ok) return { returnCode: file.returnCode, explanation: file.explanation };
    const problem = file.rows.map((row) => this.#problemOf(row)).find((found) => found !== undefined);
    if (problem) return problem;
    for (const row of file.rows) this.#apply(row, generation);
    return undefined;
  }

  /** Each row stands for itself (`Transaction=False`). */
  #processRows(connector: string, text: string, generation: string | undefined): FileProblem | { readonly rows: readonly RowResult[] } {
    const file = readFile(connector, text, this.#environment);
    if (!file.ok) return { returnCode: file.returnCode, explanation: file.explanation };
    const rows = file.rows.map((row) => ({ userName: row.userName, ...(this.#problemOf(row) ?? DONE) }));
    for (const row of file.rows) if (!this.#problemOf(row)) this.#apply(row, generation);
    return { rows };
  }

  #problemOf(row: UploadRow): FileProblem | undefined {
    if (row.kind === 'units' && row.problem) return row.problem;
    return this.#accounts.byLogin(row.userName) ? undefined : { returnCode: 106, explanation: `User ${row.userName} does not exist` };
  }

  #apply(row: UploadRow, generation: string | undefined): void {
    const account = this.#accounts.byLogin(row.userName);
    if (!account) return;
    const replaces = this.#environment.unitList === 'replace';
    const next = row.kind === 'units'
      ? { units: replaces ? row.units : [...new Set([...account.units, ...row.units])] }
      : { roles: row.change === 'add' ? [...new Set([...account.roles, row.role])] : account.roles.filter((role) => role !== row.role) };
    this.#accounts.change(account, next, generation);
  }
}
