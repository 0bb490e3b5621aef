import 'reflect-metadata';
import { generateKeyPairSync, KeyObject } from 'node:crypto';
import {
  ClientAssertionCredential,
  ClientCertificateCredential,
  ManagedIdentityCredential,
} from '@azure/identity';
import * as x509 from '@peculiar/x509';
import { createRemoteJWKSet, customFetch, jwtVerify, SignJWT } from 'jose';
import { Agent, fetch } from 'undici';
import {
  CLIENT,
  CONTOSO,
  createContoso,
  credentialFor,
  PARTNER,
  PRINCIPAL,
  SCOPE,
  type Contoso,
} from './contoso.ts';

let world: Contoso;
beforeEach(async () => void (world = await createContoso()));
afterEach(() => world.stop());

const GRAPH = 'https://graph.microsoft.com/.default';

async function errorOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'no error',
    (error: Error) => error.message,
  );
}

describe('token endpoint', () => {
  it('issues a token that names tenant, audience, app and the roles consented to, and verifies by the published keys', async () => {
    const token = await world.token('graph.microsoft.com');
    const dispatcher = new Agent({ connect: { ca: world.azure.caPem } });
    const keys = createRemoteJWKSet(new URL(`${world.azure.url}/${CONTOSO}/discovery/v2.0/keys`), {
      [customFetch]: (url: string, init: object) => fetch(url, { ...init, dispatcher }) as never,
    });
    const { payload } = await jwtVerify(token, keys, { audience: 'https://graph.microsoft.com' });
    await dispatcher.close();
    expect(payload).toMatchObject({ tid: CONTOSO, appid: CLIENT, oid: PRINCIPAL, idtyp: 'app' });
    expect(payload['roles']).toContain('User.Invite.All');
  });

  it('keeps a record of every token and recognises it again', async () => {
    const token = await world.token('management.azure.com');
    const holder = { tenantId: CONTOSO, audience: 'https://management.azure.com', clientId: CLIENT };
    expect(world.azure.tokensIssued).toEqual([{ at: expect.any(Number), ...holder }]);
    expect(world.azure.verifyToken(token)).toEqual(holder);
    expect(world.azure.verifyToken(`${token}x`)).toBeUndefined();
  });

  it('issues tokens for the Bot Framework as well', async () => {
    const { token } = await credentialFor(world.azure).getToken('https://api.botframework.com/.default');
    expect(world.azure.verifyToken(token)?.audience).toBe('https://api.botframework.com');
  });

  it.each([
    ['a wrong secret', 7000215, () => credentialFor(world.azure, 'wrong')],
    [
      'an expired secret',
      7000222,
      () => {
        world.azure.app(CLIENT).secretState = 'expired';
        return credentialFor(world.azure);
      },
    ],
    [
      'consent that was taken back',
      700016,
      () => {
        world.azure.settings(CONTOSO).app = 'removed';
        return credentialFor(world.azure);
      },
    ],
    [
      'an app the customer disabled',
      7000112,
      () => {
        world.azure.settings(CONTOSO).app = 'disabled';
        return credentialFor(world.azure);
      },
    ],
  ])('refuses %s with its number', async (_case, number, credential) => {
    expect(await errorOf(credential().getToken(GRAPH))).toContain(`Error(s): ${number}`);
  });

  it('does not know other tenants', async () => {
    const stranger = credentialFor(world.azure, undefined, '00000000-0000-4000-8000-00000000dead');
    expect(await errorOf(stranger.getToken(GRAPH))).toContain('endpoints_resolution_error');
  });

  it('refuses a resource it does not know, as when the ARM scope is not set', async () => {
    const message = await errorOf(credentialFor(world.azure).getToken(`${world.azure.url}/.default`));
    expect(message).toContain('500011');
  });

  it('answers a domain name as it answers the tenant id', async () => {
    const { token } = await credentialFor(world.azure, undefined, 'contoso.onmicrosoft.com').getToken(GRAPH);
    expect(world.azure.verifyToken(token)?.tenantId).toBe(CONTOSO);
  });
});

describe('client assertions', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const signed = (claims: { iss: string; sub: string; aud: string }) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'RS256' }).setExpirationTime('5m').sign(privateKey);
  const credential = (claims: { iss: string; sub: string; aud: string }) =>
    new ClientAssertionCredential(CONTOSO, CLIENT, () => signed(claims), {
      authorityHost: world.azure.url,
      disableInstanceDiscovery: true,
      tlsOptions: { ca: world.azure.caPem },
      retryOptions: { maxRetries: 0 },
    });

  it('accept the app signing for itself to our token endpoint', async () => {
    const aud = `${world.azure.url}/${CONTOSO}/oauth2/v2.0/token`;
    const { token } = await credential({ iss: CLIENT, sub: CLIENT, aud }).getToken(GRAPH);
    expect(world.azure.verifyToken(token)?.clientId).toBe(CLIENT);
  });

  it('refuse the app signing for another audience', async () => {
    const assertion = { iss: CLIENT, sub: CLIENT, aud: 'https://elsewhere.example' };
    expect(await errorOf(credential(assertion).getToken(GRAPH))).toContain('700023');
  });

  it('accept a federated token only with a matching credential on the app', async () => {
    const claims = { iss: 'https://issuer.example', sub: 'system:bot', aud: 'api://AzureADTokenExchange' };
    expect(await errorOf(credential(claims).getToken(GRAPH))).toContain('700213');
    expect(await errorOf(credential({ ...claims, aud: 'elsewhere' }).getToken(GRAPH))).toContain('700212');
    world.azure.app(CLIENT).federatedCredentials.push({ issuer: claims.iss, subject: claims.sub });
    const { token } = await credential(claims).getToken(GRAPH);
    expect(world.azure.verifyToken(token)?.clientId).toBe(CLIENT);
  });
});

describe('a managed identity', () => {
  const IDENTITY = '42000000-0000-4000-8000-000000000001';
  const saved = { ...process.env };
  afterEach(() => {
    process.env = { ...saved };
  });

  it('vouches for the app once the app trusts it', async () => {
    const { endpoint, header, issuer, subject } = world.azure.addManagedIdentity(PARTNER, IDENTITY);
    Object.assign(process.env, { IDENTITY_ENDPOINT: endpoint, IDENTITY_HEADER: header });
    const tlsOptions = { ca: world.azure.caPem };
    const identity = new ManagedIdentityCredential({ clientId: IDENTITY, tlsOptions });
    const assertion = async () => (await identity.getToken('api://AzureADTokenExchange/.default')).token;
    const options = { authorityHost: world.azure.url, disableInstanceDiscovery: true, tlsOptions };
    const credential = () => new ClientAssertionCredential(CONTOSO, CLIENT, assertion, options);
    expect(await errorOf(credential().getToken(GRAPH))).toContain('700213');
    world.azure.app(CLIENT).federatedCredentials.push({ issuer, subject });
    expect(world.azure.verifyToken((await credential().getToken(GRAPH)).token)?.clientId).toBe(CLIENT);
  });
});

describe('a certificate', () => {
  it('signs in by the real credential, and is refused once the app has another one', async () => {
    const mine = await createRsaCertificate();
    const other = await createRsaCertificate();
    const getToken = () =>
      new ClientCertificateCredential(
        CONTOSO,
        CLIENT,
        { certificate: mine.pem },
        {
          authorityHost: world.azure.url,
          disableInstanceDiscovery: true,
          tlsOptions: { ca: world.azure.caPem },
          retryOptions: { maxRetries: 0 },
        },
      ).getToken(GRAPH);
    world.azure.app(CLIENT).certificatePem = mine.certificate;
    expect(world.azure.verifyToken((await getToken()).token)?.clientId).toBe(CLIENT);
    world.azure.app(CLIENT).certificatePem = other.certificate;
    expect(await errorOf(getToken())).toContain('700027');
  });
});

async function createRsaCertificate(): Promise<{ pem: string; certificate: string }> {
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  x509.cryptoProvider.set(crypto);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=bot',
    keys,
    signingAlgorithm: algorithm,
  });
  const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' });
  return { pem: `${String(key)}${certificate.toString('pem')}\n`, certificate: certificate.toString('pem') };
}

describe('tokens on the APIs', () => {
  const list = `${SCOPE}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01`;

  it.each(['/v1.0/users', list])('are required: %s', async (path) => {
    const answer = await world.send('GET', path, undefined, { authorization: '' });
    expect(answer.status).toBe(401);
  });

  it.each([
    ['/v1.0/users', 'management.azure.com', 'InvalidAuthenticationToken'],
    [list, 'graph.microsoft.com', 'InvalidAuthenticationTokenAudience'],
  ] as const)('must be for the API: %s with one for %s', async (path, audience, code) => {
    const authorization = `Bearer ${await world.token(audience)}`;
    const answer = await world.send('GET', path, undefined, { authorization });
    expect(answer.status).toBe(401);
    expect(answer.body['error']).toMatchObject({ code });
  });

  it('are logged with each request, whose tenant they are of included', async () => {
    await world.send('GET', '/v1.0/users');
    expect(world.azure.requests.at(-1)).toMatchObject({
      api: 'graph',
      status: 200,
      token: { tenantId: CONTOSO, clientId: CLIENT },
    });
  });

  it('end by the time they were given', async () => {
    world.azure.settings(CONTOSO).tokenLifetimeS = 0;
    const answer = await world.send('GET', list);
    expect(answer.status).toBe(401);
    expect(answer.body['error']).toMatchObject({ code: 'ExpiredAuthenticationToken' });
  });
});
