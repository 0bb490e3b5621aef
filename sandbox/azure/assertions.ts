import { X509Certificate } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { LoginRefusal } from './answers.ts';
import type { App } from './state.ts';

const EXCHANGE_AUDIENCE = 'api://AzureADTokenExchange';

/**
 * Accepts a client assertion or throws. Signed by the app itself (certificate): issuer and subject are the client id,
 * the audience is our token endpoint; the signature is checked when the app has a certificate. Anyone else's token must
 * match a federated credential by issuer and subject.
 * @throws {LoginRefusal} 401 with the AADSTS number Entra ID answers
 */
export async function checkAssertion(app: App, assertion: string, origin: string): Promise<void> {
  const claims = readClaims(assertion);
  if (claims.exp !== undefined && claims.exp * 1000 < Date.now()) {
    throw refusal(700024, `Client assertion is not within its valid time range.`);
  }
  if (claims.iss !== app.clientId) return checkFederated(app, claims);
  if (claims.sub !== app.clientId)
    throw refusal(700021, `Client assertion application identifier doesn't match 'client_id' parameter.`);
  const audiences = [claims.aud ?? []].flat();
  if (!audiences.some((audience) => audience.startsWith(origin))) {
    throw refusal(700023, `Client assertion audience claim does not match Realm issuer.`);
  }
  if (app.certificatePem !== undefined) await checkSignature(app.certificatePem, assertion);
}

function readClaims(assertion: string) {
  try {
    decodeProtectedHeader(assertion);
    return decodeJwt(assertion);
  } catch {
    throw refusal(50027, 'JWT token is invalid or malformed.');
  }
}

function checkFederated(app: App, claims: { iss?: string; sub?: string; aud?: string | string[] }): void {
  if (![claims.aud ?? []].flat().includes(EXCHANGE_AUDIENCE)) {
    throw refusal(
      700212,
      `No matching federated identity record found for presented assertion audience '${String(claims.aud)}'.`,
    );
  }
  const matches = app.federatedCredentials.some((f) => f.issuer === claims.iss && f.subject === claims.sub);
  if (matches) return;
  throw refusal(
    700213,
    'No matching federated identity record found for presented assertion subject. Check your federated identity credential Subject, Audience and Issuer against the presented assertion.',
  );
}

async function checkSignature(certificatePem: string, assertion: string): Promise<void> {
  try {
    const key = new X509Certificate(certificatePem).publicKey;
    // Client libraries round their clock up: an assertion may start half a second from now.
    await jwtVerify(assertion, key, { clockTolerance: 300 });
  } catch {
    throw refusal(700027, 'Client assertion failed signature validation.');
  }
}

function refusal(number: number, text: string): LoginRefusal {
  return new LoginRefusal(401, 'invalid_client', number, `AADSTS${number}: ${text}`);
}
