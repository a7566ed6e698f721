import type { Answer } from '@rolebridge/simulator-kit';
import type { RowResult } from './uploads.ts';
import { ENVELOPES, MEDIA_TYPES, UPLOAD, type SoapVersion } from './upload-request.ts';

/**
 * The sheet names `returnCode`, `explanation` and a transaction identifier but no schema; this shape is our assumption, and the connector
 * looks for the three at any depth.
 */
export function uploadReply(version: SoapVersion, reply: { readonly returnCode: number; readonly explanation?: string; readonly transactionId?: string; readonly rows?: readonly RowResult[] }): Answer {
  const { returnCode, explanation = '', transactionId, rows = [] } = reply;
  const transaction = transactionId === undefined ? '' : `<transactionId>${escaped(transactionId)}</transactionId>`;
  const content = `<c:dataTransferResponseType xmlns:c="${UPLOAD}"><returnCode>${returnCode}</returnCode><explanation>${escaped(explanation)}</explanation>${transaction}${rows.map(record).join('')}</c:dataTransferResponseType>`;
  return { ...enveloped(version, 200, content), result: `return code ${returnCode}` };
}

/** Rows are told in elements of names that we made up; the connector is told the names. */
function record({ userName, returnCode, explanation }: RowResult): string {
  return `<record><username>${escaped(userName)}</username><returnCode>${returnCode}</returnCode><explanation>${escaped(explanation)}</explanation></record>`;
}

/** A fault with the declared detail `InsiteFault {explanation?, returnCode?}` of the sheet. */
export function uploadFault(version: SoapVersion, code: 'Client' | 'Server' | 'VersionMismatch', explanation: string): Answer {
  const detail = `<i:InsiteFault xmlns:i="${UPLOAD}"><explanation>${escaped(explanation)}</explanation></i:InsiteFault>`;
  const fault = version === '1.1'
    ? `<soap:Fault><faultcode>soap:${code}</faultcode><faultstring>${code}</faultstring><detail>${detail}</detail></soap:Fault>`
    : `<soap:Fault><soap:Code><soap:Value>soap:${NAMES_1_2[code]}</soap:Value></soap:Code><soap:Reason><soap:Text xml:lang="en">${code}</soap:Text></soap:Reason><soap:Detail>${detail}</soap:Detail></soap:Fault>`;
  return { ...enveloped(version, 500, fault), result: `fault ${code}` };
}

const NAMES_1_2 = { Client: 'Sender', Server: 'Receiver', VersionMismatch: 'VersionMismatch' } as const;

function enveloped(version: SoapVersion, status: number, content: string): Answer {
  const body = `<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="${ENVELOPES[version]}"><soap:Body>${content}</soap:Body></soap:Envelope>`;
  return { status, type: `${MEDIA_TYPES[version]}; charset=utf-8`, body };
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

function escaped(text: string): string {
  return text.replaceAll(/[&<>]/g, (character) => ENTITIES[character] ?? character);
}
