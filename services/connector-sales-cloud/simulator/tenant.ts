import { BusinessError } from './actions.ts';
import { employeeAfter, keyOf } from './employee.ts';
import type { Employee } from './employee.ts';
import type { ReceivedMessage } from './received-message.ts';
import type { XmlElement } from './xml-document.ts';

/** A message on its way into the tenant. */
export interface Delivery {
  readonly message: ReceivedMessage;
  /** Position among the accepted messages. */
  readonly arrival: number;
  readonly generation?: string;
}

/** One entry of an employee's history, in the order of processing. */
interface Applied {
  readonly messageId: string;
  readonly arrival: number;
  readonly generation?: string;
  readonly at: string;
}

interface Monitored {
  readonly messageId: string;
  readonly key: string;
  readonly generation?: string;
  readonly code: string;
  readonly text: string;
  readonly at: string;
}

interface Backwards {
  readonly key: string;
  readonly from: string;
  readonly to: string;
  readonly messageId: string;
}

interface Record_ {
  readonly employee: Employee | undefined;
  readonly applied: readonly Applied[];
}

export interface TenantOptions {
  /** Names of the communication arrangement; a message with other ones is an error in the monitoring. */
  readonly senderParty: string;
  readonly recipientParty: string;
  readonly nowIso: () => string;
}

const HISTORY = 50;
const MONITORED = 5000;

/** What the product holds behind its interface. */
export class Tenant {
  readonly #options: TenantOptions;
  readonly #records = new Map<string, Record_>();
  readonly #identities = new Map<string, string>();
  #monitoring: Monitored[] = [];
  #backwards: Backwards[] = [];
  #processed = 0;

  constructor(options: TenantOptions) {
    this.#options = options;
  }

  /** Takes a message into effect, employee by employee. What is wrong goes into the monitoring and nowhere else. */
  process(delivery: Delivery): void {
    this.#processed += 1;
    for (const sent of delivery.message.employees) {
      try {
        this.#checkParties(delivery.message);
        this.#processEmployee(delivery, sent);
      } catch (error) {
        if (!(error instanceof BusinessError)) throw error;
        this.#note(delivery, sent, error);
      }
    }
  }

  /** An entry of the monitoring without any effect. */
  refuse(delivery: Delivery, error: BusinessError): void {
    for (const sent of delivery.message.employees) this.#note(delivery, sent, error);
  }

  state(): object {
    const employees = [...this.#records.values()].flatMap(({ employee, applied }) => (employee ? [shown(employee, applied, this.#options.nowIso())] : []));
    return {
      processed: this.#processed,
      employees: employees.toSorted((left, right) => (left.key < right.key ? -1 : 1)),
      messageMonitoring: this.#monitoring,
      backwardsSteps: this.#backwards,
    };
  }

  #checkParties({ senderParty, recipientParties }: ReceivedMessage): void {
    if (senderParty !== this.#options.senderParty || !recipientParties.includes(this.#options.recipientParty)) {
      throw new BusinessError('unknown-party', 'No communication arrangement has this sender and recipient.');
    }
  }

  #processEmployee(delivery: Delivery, sent: XmlElement): void {
    const { key, keyElement } = keyOf(sent);
    const place = `${keyElement} ${key}`;
    const record = this.#records.get(place) ?? { employee: undefined, applied: [] };
    const after = employeeAfter(record.employee, sent);
    this.#claimIdentity(place, record.employee?.identityId, after?.identityId);
    const entry = entryOf(delivery, this.#options.nowIso());
    this.#noticeBackwards(key, record.applied, entry);
    this.#records.set(place, { employee: after, applied: [...record.applied, entry].slice(-HISTORY) });
  }

  /** A login belongs to one employee ("alias already exists", SAP KBA 3020667). */
  #claimIdentity(place: string, before: string | undefined, after: string | undefined): void {
    const owner = after === undefined ? undefined : this.#identities.get(after);
    if (owner !== undefined && owner !== place) throw new BusinessError('alias-exists', `The user ${String(after)} already exists.`);
    if (before !== undefined) this.#identities.delete(before);
    if (after !== undefined) this.#identities.set(after, place);
  }

  #noticeBackwards(key: string, applied: readonly Applied[], entry: Applied): void {
    const highest = Math.max(0, ...applied.map(({ generation }) => Number(generation ?? 0)));
    if (entry.generation === undefined || Number(entry.generation) >= highest) return;
    this.#backwards.push({ key, from: String(highest), to: entry.generation, messageId: entry.messageId });
  }

  #note(delivery: Delivery, sent: XmlElement, error: BusinessError): void {
    const { messageId, generation, at } = entryOf(delivery, this.#options.nowIso());
    this.#monitoring.push({ messageId, key: keyOrNone(sent), code: error.code, text: error.message, at, ...(generation === undefined ? {} : { generation }) });
    if (this.#monitoring.length > MONITORED) this.#monitoring = this.#monitoring.slice(-MONITORED / 2);
  }
}

function shown(employee: Employee, applied: readonly Applied[], nowIso: string) {
  const today = nowIso.slice(0, 10);
  return {
    ...employee,
    roles: employee.roles.map(({ id }) => id),
    activeUnits: employee.units.filter(({ endDate }) => endDate === undefined || endDate >= today).map(({ id }) => id),
    generation: applied.at(-1)?.generation,
    applied,
  };
}

function entryOf({ message, arrival, generation }: Delivery, at: string): Applied {
  return { messageId: message.id ?? '', arrival, at, ...(generation === undefined ? {} : { generation }) };
}

function keyOrNone(sent: XmlElement): string {
  const key = sent.children.find(({ name }) => name === 'ReceiverEmployeeID' || name === 'EmployeeID');
  return key?.text ?? '';
}
