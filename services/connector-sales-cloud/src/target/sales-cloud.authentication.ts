import { ClassifiedError } from '@rolebridge/contracts';
import type { SecretReference } from '@rolebridge/landscape';
import { request } from 'undici';
import type { Agent, Dispatcher } from 'undici';
import type { Authentication } from '../settings.ts';
import { failureOfNetwork } from './sales-cloud.errors.ts';

export type ReadSecret = (reference: SecretReference) => string;

/** Client certificate and trusted authority for the connection itself, as Node's TLS takes them. */
export interface TlsOptions {
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
  readonly ca?: string;
}

export function tlsOptions(authentication: Authentication, trustedCa: SecretReference | undefined, secret: ReadSecret): TlsOptions {
  const ca = trustedCa ? { ca: secret(trustedCa) } : {};
  if (authentication.kind !== 'certificate') return ca;
  const { certificate, key, passphrase } = authentication;
  return { ...ca, cert: secret(certificate), key: secret(key), ...(passphrase ? { passphrase: secret(passphrase) } : {}) };
}

/** Gives the value of the `authorization` header, if there is one. */
export interface Authorisation {
  header(signal: AbortSignal): Promise<string | undefined>;
  /** The target refused this header. `true`: another try with a fresh one makes sense. */
  refused(header: string | undefined): boolean;
}

const FIXED = { refused: () => false };

export function authorisation(authentication: Authentication, secret: ReadSecret, agent: Agent): Authorisation {
  switch (authentication.kind) {
    case 'certificate':
      return { ...FIXED, header: () => Promise.resolve(undefined) };
    case 'basic': {
      const header = basic(authentication.user, secret(authentication.password));
      return { ...FIXED, header: () => Promise.resolve(header) };
    }
    case 'oauth':
      return clientCredentials(authentication, secret(authentication.clientSecret), agent);
  }
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
}

type OAuth = Extract<Authentication, { kind: 'oauth' }>;

interface Token {
  readonly header: string;
  /** Monotonic milliseconds. */
  readonly until: number;
}

/** Renewed this long before its end, so that no call starts with a token that dies on the way. */
const MARGIN_MS = 60_000;
const DEFAULT_LIFETIME_S = 600;

/** Client credentials (RFC 6749 §4.4): one token for all calls, fetched once at a time. */
function clientCredentials(oauth: OAuth, clientSecret: string, agent: Agent): Authorisation {
  let token: Token | undefined;
  let flight: Promise<Token> | undefined;
  return {
    header: async (signal) => {
      if (token && performance.now() < token.until) return token.header;
      flight ??= fetchToken(oauth, clientSecret, { agent, signal }).finally(() => (flight = undefined));
      token = await flight;
      return token.header;
    },
    refused: (header) => {
      if (token?.header === header) token = undefined;
      return true;
    },
  };
}

async function fetchToken(oauth: OAuth, clientSecret: string, call: { readonly agent: Agent; readonly signal: AbortSignal }): Promise<Token> {
  const inForm = oauth.clientIn === 'form';
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    ...(oauth.scope === undefined ? {} : { scope: oauth.scope }),
    ...(inForm ? { client_id: oauth.clientId, client_secret: clientSecret } : {}),
  });
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json', ...(inForm ? {} : { authorization: basic(encodeURIComponent(oauth.clientId), encodeURIComponent(clientSecret)) }) };
  try {
    const answer = await request(oauth.tokenUrl, { method: 'POST', dispatcher: call.agent, signal: call.signal, headers, body: form.toString() });
    return await tokenOf(answer);
  } catch (error) {
    throw failureOfNetwork(error, false);
  }
}

async function tokenOf(answer: Dispatcher.ResponseData): Promise<Token> {
  const text = await answer.body.text();
  if (answer.statusCode === 429 || answer.statusCode >= 500) {
    throw new ClassifiedError({ kind: 'transient', code: `token-http-${String(answer.statusCode)}`, message: 'The token address is not available.' });
  }
  const token = answer.statusCode === 200 ? parseToken(text) : undefined;
  if (token) return token;
  throw new ClassifiedError({
    kind: 'halting',
    code: `token-http-${String(answer.statusCode)}`,
    message: 'The token address gave no token. Check tokenUrl, clientId and clientSecret in settings.authentication.',
  });
}

function parseToken(text: string): Token | undefined {
  const json = parseJson(text);
  if (typeof json !== 'object' || json === null || !('access_token' in json) || typeof json.access_token !== 'string') return undefined;
  const lifetimeS = 'expires_in' in json && Number(json.expires_in) > 0 ? Number(json.expires_in) : DEFAULT_LIFETIME_S;
  const usableMs = Math.max(lifetimeS * 1000 - MARGIN_MS, lifetimeS * 500);
  return { header: `Bearer ${json.access_token}`, until: performance.now() + usableMs };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no JSON, no token
  }
}
