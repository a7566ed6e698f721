import type { AccessEntry, TokenIssuer, TokenRule } from './access-entry.ts';
import { KeySet, type KeySetOptions } from './key-set.ts';
import type { Caller } from './people.ts';
import { LEEWAY_SECONDS, readClaimed } from './signed-token.ts';

type Claims = Readonly<Record<string, unknown>>;

/** Callers known by the tokens that their own issuer signs (OAuth 2 client credentials, RFC 9068). */
export class IssuerTokens {
  readonly #options: KeySetOptions;
  readonly #keySets = new Map<string, KeySet>();

  constructor(options: KeySetOptions) {
    this.#options = options;
  }

  /** Who a token stands for. Throws `KeysUnavailableError` when its issuer's keys cannot be read. */
  async find(token: string, entries: readonly AccessEntry<Caller>[], nowSeconds: number): Promise<Caller | undefined> {
    const claimed = readClaimed(token);
    if (!claimed) return undefined;
    const asked = { clockTolerance: LEEWAY_SECONDS, currentDate: new Date(nowSeconds * 1000), requiredClaims: ['exp'] };
    const meant = entries.flatMap((entry) => (entry.tokens ?? []).filter((rule) => isMeant(rule, claimed.claims)).map(({ issuer }) => ({ entry, issuer })));
    for (const { entry, issuer } of meant) {
      const signed = await this.#keySet(issuer).hasSigned(token, claimed.keyId, { ...asked, issuer: issuer.issuer, audience: issuer.audience });
      if (signed) return entry.who;
    }
    return undefined;
  }

  #keySet({ jwks }: TokenIssuer): KeySet {
    const held = this.#keySets.get(jwks) ?? new KeySet(jwks, this.#options);
    this.#keySets.set(jwks, held);
    return held;
  }
}

function isMeant({ issuer, client, scope }: TokenRule, claims: Claims): boolean {
  const isHere = claims['iss'] === issuer.issuer && textsOf(claims['aud']).includes(issuer.audience);
  return isHere && clientOf(claims) === client && (scope === undefined || scopesOf(claims).includes(scope));
}

/** Issuers name the client in different claims; the first that is there counts. */
const CLIENT_CLAIMS = ['client_id', 'azp', 'appid', 'cid', 'sub'];

function clientOf(claims: Claims): unknown {
  return CLIENT_CLAIMS.map((name) => claims[name]).find((value) => value !== undefined);
}

/** RFC 9068 §2.2.3, and what Entra (`scp`, `roles`) and Okta (`scp` as a list) write. */
function scopesOf(claims: Claims): readonly string[] {
  return ['scope', 'scp', 'roles'].flatMap((name) => textsOf(claims[name]).flatMap((text) => text.split(' ')));
}

function textsOf(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).filter((item) => typeof item === 'string');
}
