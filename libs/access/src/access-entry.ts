import type { SecretHash } from './hashes.ts';
import type { Authenticated } from './people.ts';

/** One entry of a file, ready for comparing. */
export interface AccessEntry<Who extends Authenticated<string>> {
  readonly who: Who;
  readonly user: string;
  readonly hashes: readonly SecretHash[];
  readonly certificates?: readonly CertificateRule[];
  readonly tokens?: readonly TokenRule[];
}

/** A client certificate that stands for an entry: all that is given must match. */
export interface CertificateRule {
  /** SHA-256, 64 lower-case hexadecimal digits. */
  readonly fingerprint?: string;
  /** As {@link subjectKey} makes it. */
  readonly subject?: string;
}

/** A client of an issuer of tokens that stands for an entry. */
export interface TokenRule {
  readonly issuer: TokenIssuer;
  readonly client: string;
  readonly scope?: string;
}

/** Who issues tokens (OAuth 2), and where its public keys are. */
export interface TokenIssuer {
  readonly name: string;
  /** Claim `iss`. */
  readonly issuer: string;
  /** What claim `aud` must name. */
  readonly audience: string;
  /** Address of its JSON Web Key Set (RFC 7517). */
  readonly jwks: string;
}

/** The entries of a file as it is now. */
export interface AccessFile<Who extends Authenticated<string>> {
  /** The same array while the file is unchanged. `nowMs`: a monotonic clock. */
  current(nowMs: number): readonly AccessEntry<Who>[];
}

/** The parts of a distinguished name as people write it, in one order and spelling. */
export function subjectKey(written: string): string {
  return keyOf(written.split(/,(?=\s*[A-Za-z][\w.]*\s*=)/));
}

/** {@link subjectKey} of the subject of a certificate as Node gives it: one part a line, so that no comma inside a value makes a part. */
export function certificateSubjectKey(subject: string): string {
  return keyOf(subject.split('\n'));
}

function keyOf(parts: readonly string[]): string {
  const spelled = parts.map((part) => part.trim().replace(/^([\w.]+)\s*=\s*/, (_, name: string) => `${name.toUpperCase()}=`).replaceAll(/\\([,+"\\<>;=#])/g, '$1'));
  return JSON.stringify(spelled.filter((part) => part !== '').toSorted());
}
