import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { JsonObject } from './model.ts';

/**
 * What is different about a token. `null` leaves a claim out. `forged` signs with a key nobody published, under the
 * published key id. Times are ms from now; the defaults are an hour of life, valid since now.
 */
export interface TokenOverrides {
  iss?: string;
  aud?: string | null;
  serviceurl?: string | null;
  kid?: string;
  expiresInMs?: number;
  validInMs?: number;
  forged?: 'forged';
  /** Claims added or replaced. */
  extra?: JsonObject;
}

/** Signs as the Bot Connector does, and publishes the keys. */
export interface TokenIssuer {
  sign(
    claims: { appId: string; serviceUrl: string; channelId: string },
    overrides?: TokenOverrides,
  ): Promise<string>;
  /** The JSON Web Key Set: one key endorsed for Teams, one for the channels where clients choose their own names. */
  keySet: JsonObject;
}

/** The issuer of the public Bot Framework cloud. */
export const BOT_FRAMEWORK_ISSUER = 'https://api.botframework.com';

const TEAMS_KID = 'sandbox-teams';
const OTHER_KID = 'sandbox-other-channels';

/**
 * An RS256 issuer with fresh keys. Tokens live by the host's clock, not by the sandbox clock, because the SDK that
 * checks them reads the host's clock too.
 *
 * Source: https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication
 */
export async function createTokenIssuer(): Promise<TokenIssuer> {
  const teams = await generateKeyPair('RS256');
  const other = await generateKeyPair('RS256');
  const rogue = await generateKeyPair('RS256');
  const published = { use: 'sig', alg: 'RS256' };
  const keys = [
    { ...(await exportJWK(teams.publicKey)), ...published, kid: TEAMS_KID, endorsements: ['msteams'] },
    {
      ...(await exportJWK(other.publicKey)),
      ...published,
      kid: OTHER_KID,
      endorsements: ['directline', 'webchat', 'emulator'],
    },
  ];
  return {
    keySet: { keys },
    sign: ({ appId, serviceUrl, channelId }, overrides = {}) => {
      const forTeams = channelId === 'msteams';
      const nowS = Math.floor(Date.now() / 1_000);
      const payload = {
        ...withClaim('serviceurl', overrides.serviceurl, serviceUrl),
        ...withClaim('aud', overrides.aud, appId),
        iss: overrides.iss ?? BOT_FRAMEWORK_ISSUER,
        nbf: nowS + Math.floor((overrides.validInMs ?? 0) / 1_000),
        exp: nowS + Math.floor((overrides.expiresInMs ?? 3_600_000) / 1_000),
        ...overrides.extra,
      };
      const key = forTeams ? teams.privateKey : other.privateKey;
      return new SignJWT(payload)
        .setProtectedHeader({
          alg: 'RS256',
          kid: overrides.kid ?? (forTeams ? TEAMS_KID : OTHER_KID),
          typ: 'JWT',
        })
        .sign(overrides.forged ? rogue.privateKey : key);
    },
  };
}

function withClaim(name: string, override: string | null | undefined, usual: string): JsonObject {
  return override === null ? {} : { [name]: override ?? usual };
}
