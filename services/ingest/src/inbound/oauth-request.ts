/** An error of the token endpoint (RFC 6749 §5.2). */
export interface OAuthError {
  readonly status: 400 | 401 | 429;
  readonly error: 'invalid_request' | 'invalid_client' | 'unsupported_grant_type';
  readonly error_description: string;
}

/** The client's id and secret, in the spellings that may be meant. */
export interface OAuthClient {
  readonly candidates: readonly (readonly [id: string, secret: string])[];
}

/** PURE. Who asks for a token, by basic authentication or in the body, never both (RFC 6749 §2.3). */
export function clientOf(authorization: string | undefined, form: unknown): OAuthClient | OAuthError {
  if (!(form instanceof URLSearchParams)) return invalid('Send a form: grant_type=client_credentials.');
  const names = [...form.keys()];
  if (new Set(names).size < names.length) return invalid('A parameter is given twice.');
  const grant = form.get('grant_type');
  if (!grant) return invalid('Parameter grant_type is missing; it must be client_credentials.');
  if (grant !== 'client_credentials') return { status: 400, error: 'unsupported_grant_type', error_description: 'Only client_credentials is served.' };
  return credentialsOf(authorization, form);
}

function credentialsOf(authorization: string | undefined, form: URLSearchParams): OAuthClient | OAuthError {
  const [id, secret] = [form.get('client_id'), form.get('client_secret')];
  if (authorization !== undefined && secret !== null) return invalid('Send the client secret in the header or in the body, not in both.');
  if (authorization !== undefined) return basicClient(authorization);
  return id && secret ? { candidates: [[id, secret]] } : { status: 401, error: 'invalid_client', error_description: 'The client id or secret is missing or wrong.' };
}

function basicClient(authorization: string): OAuthClient | OAuthError {
  const [, encoded = ''] = /^basic +([A-Za-z0-9+/=_-]{1,4096}) *$/i.exec(authorization) ?? [];
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1) return { status: 401, error: 'invalid_client', error_description: 'Authenticate with Basic, or with client_id and client_secret in the body.' };
  const [id, secret] = [text.slice(0, colon), text.slice(colon + 1)];
  const [plainId, plainSecret] = [decoded(id), decoded(secret)];
  const other = plainId !== id || plainSecret !== secret ? [[plainId, plainSecret] as const] : [];
  return { candidates: [[id, secret], ...other] };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

function invalid(description: string): OAuthError {
  return { status: 400, error: 'invalid_request', error_description: description };
}
