import { EMPLOYEE_REPLICATION } from './employee-replication.grammar.ts';
import { grammarProblem } from './check-grammar.ts';
import type { XmlElement } from './xml-document.ts';
import { readXml, XmlError } from './xml-document.ts';

export const SOAP_11 = 'http://schemas.xmlsoap.org/soap/envelope/';
export const MESSAGE_NAMESPACE = 'http://sap.com/xi/SAPGlobal20/Global';

/** A message that passed every check of its form. */
export interface ReceivedMessage {
  readonly id: string | undefined;
  readonly senderParty: string | undefined;
  readonly recipientParties: readonly string[];
  /** The `Employee` elements. */
  readonly employees: readonly XmlElement[];
}

/** SOAP 1.1 fault codes. */
export interface FormFault {
  readonly code: 'Client' | 'VersionMismatch' | 'MustUnderstand';
  readonly text: string;
}

export type Reading = { readonly ok: true; readonly message: ReceivedMessage } | { readonly ok: false; readonly fault: FormFault };

/** Reads envelope and message, strictly. */
export function readMessage(text: string): Reading {
  const envelope = parsed(text);
  if (typeof envelope === 'string') return client(envelope);
  const fault = envelopeFault(envelope);
  return fault ? { ok: false, fault } : readBody(child(envelope, 'Body')?.children ?? []);
}

function readBody([root, ...others]: readonly XmlElement[]): Reading {
  if (!root || others.length > 0) return client('The body must hold exactly one element.');
  if (root.name !== 'EmployeeReplicationRequest' || root.namespace !== MESSAGE_NAMESPACE) return client(`The body must hold {${MESSAGE_NAMESPACE}}EmployeeReplicationRequest.`);
  const problem = grammarProblem(root, EMPLOYEE_REPLICATION);
  return problem ? client(`${problem}.`) : { ok: true, message: messageOf(root) };
}

function parsed(text: string): XmlElement | string {
  try {
    return readXml(text);
  } catch (error) {
    if (error instanceof XmlError) return error.message;
    throw error;
  }
}

function envelopeFault(envelope: XmlElement): FormFault | undefined {
  if (envelope.name !== 'Envelope') return { code: 'Client', text: 'The root must be an Envelope.' };
  if (envelope.namespace !== SOAP_11) return { code: 'VersionMismatch', text: 'Only SOAP 1.1 is served here.' };
  const header = envelope.children.find(({ name }) => name === 'Header');
  const demanding = header?.children.find(({ attributes }) => Object.entries(attributes).some(([key, value]) => key.endsWith(':mustUnderstand') && value === '1'));
  return demanding ? { code: 'MustUnderstand', text: `The header ${demanding.name} is not understood.` } : undefined;
}

function messageOf(root: XmlElement): ReceivedMessage {
  const header = child(root, 'MessageHeader');
  return {
    id: textAt(header, 'ID'),
    senderParty: textAt(child(header, 'SenderParty'), 'InternalID'),
    recipientParties: childrenOf(header, 'RecipientParty').flatMap((party) => textAt(party, 'InternalID') ?? []),
    employees: childrenOf(root, 'EmployeeReplicationRequest').flatMap((request) => child(request, 'Employee') ?? []),
  };
}

export function child(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((candidate) => candidate.name === name);
}

export function childrenOf(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  return element?.children.filter((candidate) => candidate.name === name) ?? [];
}

export function textAt(element: XmlElement | undefined, name: string): string | undefined {
  return child(element, name)?.text;
}

function client(text: string): Reading {
  return { ok: false, fault: { code: 'Client', text } };
}
