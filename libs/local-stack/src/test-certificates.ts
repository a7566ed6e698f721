import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate with its key, both as files and as PEM. */
export interface TestCertificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly pem: string;
}

/** Certificates made by the `openssl` command for one test: an authority, servers, clients. */
export class TestAuthority {
  readonly folder: string;
  readonly authority: TestCertificate;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'certificates-'));
    this.authority = this.#selfSigned('authority', '/CN=authority of this test');
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #selfSigned(name: string, subject: string): TestCertificate {
    const made = this.#files(name);
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', subject, '-keyout', made.keyFile, '-out', made.certFile);
    return { ...made, pem: readFileSync(made.certFile, 'utf8') };
  }

  /** Signed by nobody but itself. */
  stranger(name: string, subject: string): TestCertificate {
    return this.#selfSigned(name, subject);
  }

  /** Signed by the authority; for 127.0.0.1 and localhost. */
  signed(name: string, subject: string): TestCertificate {
    const made = this.#files(name);
    const request = join(this.folder, `${name}.csr`);
    openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', subject, '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', made.keyFile, '-out', request);
    openssl('x509', '-req', '-in', request, '-CA', this.authority.certFile, '-CAkey', this.authority.keyFile, '-CAcreateserial', '-copy_extensions', 'copy', '-days', '2', '-out', made.certFile);
    return { ...made, pem: readFileSync(made.certFile, 'utf8') };
  }

  #files(name: string): Pick<TestCertificate, 'certFile' | 'keyFile'> {
    return { certFile: join(this.folder, `${name}.crt`), keyFile: join(this.folder, `${name}.key`) };
  }
}

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
