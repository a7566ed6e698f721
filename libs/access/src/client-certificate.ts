import { X509Certificate } from 'node:crypto';
import { certificateSubjectKey, type AccessEntry, type CertificateRule } from './access-entry.ts';
import type { Authenticated } from './people.ts';

/** A certificate whose key the sender has proven to hold. */
export interface ClientCertificate {
  /** SHA-256, 64 lower-case hexadecimal digits. */
  readonly fingerprint: string;
  /** As `subjectKey` makes it; only of a certificate whose chain was verified: anybody can make one with any subject. */
  readonly subject?: string;
}

/** What is compared of a certificate; `undefined` when it is no certificate, or not valid now. */
export function clientCertificate(encoded: string | Buffer, { verified, now }: { readonly verified: boolean; readonly now: Date }): ClientCertificate | undefined {
  try {
    const certificate = new X509Certificate(encoded);
    if (certificate.validFromDate > now || certificate.validToDate < now) return undefined;
    const fingerprint = certificate.fingerprint256.replaceAll(':', '').toLowerCase();
    return { fingerprint, ...(verified && { subject: certificateSubjectKey(certificate.subject) }) };
  } catch {
    return undefined; // not a certificate
  }
}

/** The entry that a certificate stands for. */
export function byCertificate<Who extends Authenticated<string>>(entries: readonly AccessEntry<Who>[], certificate: ClientCertificate): AccessEntry<Who> | undefined {
  return entries.find(({ certificates = [] }) => certificates.some((rule) => meets(certificate, rule)));
}

function meets({ fingerprint, subject }: ClientCertificate, rule: CertificateRule): boolean {
  const sameFingerprint = rule.fingerprint === undefined || rule.fingerprint === fingerprint;
  const sameSubject = rule.subject === undefined || rule.subject === subject;
  return sameFingerprint && sameSubject && (rule.fingerprint !== undefined || rule.subject !== undefined);
}

/**
 * The certificate in a header of a proxy that ends TLS: percent-encoded PEM (nginx `$ssl_client_escaped_cert`), PEM with blanks for line ends (Apache, HAProxy),
 * DER in Base64 (Cloud Foundry, RFC 9440), or Envoy's list of which the last `Cert=` counts.
 */
export function certificateOfHeader(header: string, how: { readonly verified: boolean; readonly now: Date }): ClientCertificate | undefined {
  const [, listed] = /^(?:.*[;,])?\s*Cert="([^"]*)"/is.exec(header) ?? [];
  const text = decoded(listed ?? header).trim();
  const [, base64] = /-----BEGIN CERTIFICATE-----([\sA-Za-z0-9+/=]+)-----END CERTIFICATE-----/.exec(text) ?? [];
  const der = Buffer.from((base64 ?? text.replace(/^:(.*):$/s, '$1')).replaceAll(/\s/g, ''), 'base64');
  return der.length === 0 ? undefined : clientCertificate(der, how);
}

function decoded(text: string): string {
  try {
    return text.includes('%') ? decodeURIComponent(text) : text;
  } catch {
    return text;
  }
}
