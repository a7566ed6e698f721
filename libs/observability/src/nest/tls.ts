import { readFileSync, statSync } from 'node:fs';
import type { SecureContextOptions } from 'node:tls';
import { createSecureContext } from 'node:tls';
import { isNativeError } from 'node:util/types';
import { ConfigurationError } from '../configuration-error.ts';
import type { Logger } from '../logger.ts';

/** Where a service listens, and with which certificate. */
export interface TlsEnvironment {
  readonly HOST: string;
  readonly TLS_CERT_FILE?: string | undefined;
  readonly TLS_KEY_FILE?: string | undefined;
  readonly TLS_CLIENT_CA_FILE?: string | undefined;
  readonly ALLOW_PLAIN_HTTP?: boolean | undefined;
}

interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string;
}

/** Options of an HTTPS server. */
export interface ServerTls extends SecureContextOptions {
  readonly minVersion: 'TLSv1.2';
  /** Clients are asked for a certificate; whether it is one of theirs is judged per request. */
  readonly requestCert: boolean;
  readonly rejectUnauthorized: false;
}

/** A certificate that follows its files. */
export interface ServedCertificate {
  readonly options: ServerTls;
  /** Looks at the files and gives the server what has changed. Wrong files change nothing and are reported. */
  follow(server: { setSecureContext(options: SecureContextOptions): void }, log: Logger): { stop(): void };
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/i;
const LOOK_EVERY_MS = 2000;

/** The certificate of the environment; `undefined` for plain HTTP. Throws ConfigurationError, also for plain HTTP that nobody has allowed. */
export function servedCertificate(environment: TlsEnvironment, lookEveryMs = LOOK_EVERY_MS): ServedCertificate | undefined {
  const files = filesOf(environment);
  if (!files) {
    if (LOOPBACK.test(environment.HOST) || environment.ALLOW_PLAIN_HTTP === true) return undefined;
    throw new ConfigurationError([
      `HOST: plain HTTP is served on this machine alone (127.0.0.1); give TLS_CERT_FILE and TLS_KEY_FILE, or set ALLOW_PLAIN_HTTP=true where a proxy or a closed network protects it.`,
    ]);
  }
  const context = read(files);
  return {
    options: { ...context, minVersion: 'TLSv1.2', requestCert: files.ca !== undefined, rejectUnauthorized: false },
    follow: (server, log) => follow(files, lookEveryMs, (next) => server.setSecureContext({ ...next, minVersion: 'TLSv1.2' }), log),
  };
}

function filesOf({ TLS_CERT_FILE: cert, TLS_KEY_FILE: key, TLS_CLIENT_CA_FILE: ca }: TlsEnvironment): TlsFiles | undefined {
  if (cert && key) return { cert, key, ...(ca && { ca }) };
  if (cert) throw new ConfigurationError(['TLS_KEY_FILE: is missing; TLS_CERT_FILE needs the key that belongs to it.']);
  if (key || ca) throw new ConfigurationError(['TLS_CERT_FILE: is missing; give the certificate with its chain, as PEM.']);
  return undefined;
}

function read({ cert, key, ca }: TlsFiles): SecureContextOptions {
  const context = { cert: pem('TLS_CERT_FILE', cert), key: pem('TLS_KEY_FILE', key), ...(ca !== undefined && { ca: pem('TLS_CLIENT_CA_FILE', ca) }) };
  try {
    createSecureContext(context);
    return context;
  } catch (error) {
    if (!isNativeError(error)) throw error;
    throw new ConfigurationError([`TLS_CERT_FILE, TLS_KEY_FILE: are not a certificate and the key that belongs to it, both as PEM (${'code' in error ? String(error.code) : error.name}).`]);
  }
}

function pem(variable: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    if (!isNativeError(error)) throw error;
    throw new ConfigurationError([`${variable}: ${file} cannot be read; give the path of a readable PEM file.`]);
  }
}

function follow(files: TlsFiles, everyMs: number, use: (context: SecureContextOptions) => void, log: Logger): { stop(): void } {
  let stamp = stampOf(files);
  const look = (): void => {
    const seen = stampOf(files);
    if (seen === stamp) return;
    stamp = seen;
    try {
      use(read(files));
      log.info('the certificate was read anew');
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      log.error({ problems: error.problems }, 'the changed certificate is wrong; the earlier one stays in use');
    }
  };
  const timer = setInterval(look, everyMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

function stampOf(files: TlsFiles): string {
  return Object.values(files)
    .map((file: string) => {
      const stat = statSync(file, { throwIfNoEntry: false });
      return stat ? `${stat.ino}:${stat.size}:${stat.mtimeMs}` : 'missing';
    })
    .join(' ');
}
