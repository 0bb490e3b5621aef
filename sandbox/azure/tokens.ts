import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose';

/** Who a token speaks for, where. */
export interface TokenHolder {
  tenantId: string;
  /** As asked for, without `/.default`: `https://graph.microsoft.com`. */
  audience: string;
  clientId: string;
}

/** A token we issued, with what its claims say. `expiresAt` is epoch ms of the host's clock. */
export interface IssuedToken extends TokenHolder {
  objectId: string;
  /** Graph application permissions at the time of issue; a token keeps them to its end. */
  roles: string[];
  expiresAt: number;
}

/** A token to issue. `issuer` is the v1 issuer of the tenant unless said otherwise. */
export interface NewToken extends TokenHolder {
  objectId: string;
  roles: string[];
  lifetimeS: number;
  issuer?: string;
}

/** Issues and recognises access tokens. */
export interface TokenMint {
  issue(holder: NewToken): Promise<string>;
  /** The token if it is ours, even if its time is over. */
  find(token: string): IssuedToken | undefined;
  keys: { keys: JWK[] };
}

/**
 * A mint with its own RS256 key. Lifetimes run on the host's clock, because the client libraries' caches do:
 * a sandbox clock moved ahead must not void a token that its holder still believes in.
 */
export async function createMint(): Promise<TokenMint> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { modulusLength: 2048 });
  const kid = randomUUID();
  const jwk = { ...(await exportJWK(publicKey)), kid, use: 'sig', alg: 'RS256' };
  const issued = new Map<string, IssuedToken>();
  return {
    keys: { keys: [jwk] },
    find: (token) => issued.get(token),
    issue: async ({ lifetimeS, issuer, ...holder }) => {
      const nowS = Math.floor(Date.now() / 1000);
      const token = await new SignJWT({
        tid: holder.tenantId,
        appid: holder.clientId,
        azp: holder.clientId,
        oid: holder.objectId,
        sub: holder.objectId,
        idtyp: 'app',
        appidacr: '1',
        ver: '1.0',
        uti: randomUUID(),
        ...(holder.roles.length > 0 && { roles: holder.roles }),
      })
        .setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT' })
        .setIssuer(issuer ?? `https://sts.windows.net/${holder.tenantId}/`)
        .setAudience(holder.audience)
        .setIssuedAt(nowS)
        .setNotBefore(nowS)
        .setExpirationTime(nowS + lifetimeS)
        .sign(privateKey);
      issued.set(token, { ...holder, expiresAt: (nowS + lifetimeS) * 1000 });
      return token;
    },
  };
}

/** The bearer token of an Authorization header, or undefined. */
export function bearerOf(authorization: string | undefined): string | undefined {
  return /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
}
