import { XMLParser } from 'fast-xml-parser';

/** Entities are never resolved: an answer of a target is not trusted either. */
const parser = new XMLParser({ removeNSPrefix: true, ignoreAttributes: true, processEntities: false, parseTagValue: false });

/** Local name of the fault code in a SOAP 1.1 fault, or `undefined` when the text is none. The fault's texts are not read: they may name people. */
export function soapFaultCode(body: string): string | undefined {
  if (!body.includes('Fault') || body.includes('<!DOCTYPE')) return undefined;
  const code = at(parsed(body), ['Envelope', 'Body', 'Fault', 'faultcode']);
  return typeof code === 'string' ? code.slice(code.indexOf(':') + 1).trim() : undefined;
}

function parsed(body: string): unknown {
  try {
    return parser.parse(body);
  } catch {
    return undefined; // an answer that is no XML is no fault
  }
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined), value);
}
