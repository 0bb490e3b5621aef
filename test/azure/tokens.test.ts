import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { Misconfigured, Unavailable } from '../../src/access/errors.ts';
import { ConsentMissing } from '../../src/azure/login-errors.ts';
import { createCertificates } from '../../sandbox/azure/certificate.ts';
import { createGround, DANA, failure, IDS } from './ground.ts';
import type { Ground } from './ground.ts';

const TOKEN = (tenantId: string) => new RegExp(`^/${tenantId}/oauth2/v2\\.0/token$`);
const OLGA = { tenantId: IDS.contoso, objectId: IDS.olga };

describe('createTokens', () => {
  let ground: Ground;
  beforeEach(async () => {
    ground = await createGround();
  });
  afterEach(() => ground.stop());

  const tokenCalls = () => ground.sent('login', 'POST').length;

  it('asks once for a tenant and scope, however many ask at the same time, and remembers', async () => {
    const people = [IDS.dana, IDS.kim, IDS.lee, IDS.max];
    const ask = () =>
      Promise.all(
        people.map((objectId) => ground.azure.directory.findProfile({ tenantId: IDS.northwind, objectId })),
      );
    await ask();
    expect(tokenCalls()).toBe(1);
    await ground.azure.directory.findProfile(OLGA);
    expect(tokenCalls()).toBe(2);
    await ground.azure.directory.memberOf(DANA, [IDS.azureTeam]);
    expect(tokenCalls()).toBe(2);
  });

  it('sends a token for the service to the service, and to its own tenant only', async () => {
    await ground.azure.probe(IDS.contoso);
    for (const { api, token } of ground.sandbox.requests) {
      if (api === 'login') expect(token).toBeUndefined();
      else expect(token).toMatchObject({ tenantId: IDS.contoso, clientId: IDS.app });
    }
    expect(ground.sent('arm').every(({ token }) => token?.audience === 'https://management.azure.com')).toBe(
      true,
    );
  });

  it('is unavailable for as long as Entra ID asks, without asking it again', async () => {
    let now = 0;
    const azure = ground.another({}, { monotonicMs: () => now });
    ground.sandbox.faults.add({
      path: TOKEN(IDS.contoso),
      effect: { kind: 'answer', status: 429, headers: { 'retry-after': '30' }, body: { error: 'throttled' } },
    });
    const error = await failure(azure.directory.findProfile(OLGA));
    expect(error).toBeInstanceOf(Unavailable);
    expect((error as Unavailable).retryAfterMs).toBe(30_000);
    const before = ground.sandbox.requests.length;
    now = 10_000;
    expect((await failure(azure.directory.findProfile(OLGA))) as Unavailable).toMatchObject({
      retryAfterMs: 20_000,
    });
    expect(ground.sandbox.requests).toHaveLength(before);
    now = 30_001;
    expect((await azure.directory.findProfile(OLGA))?.displayName).toBe('Olga Owner');
  });

  it('tries a 5xx again briefly, and goes on with a fresh credential when it lasted', async () => {
    const fault = { path: TOKEN(IDS.contoso), effect: { kind: 'answer' as const, status: 503, body: {} } };
    ground.sandbox.faults.add({ ...fault, times: 2 });
    expect((await ground.azure.directory.findProfile(OLGA))?.displayName).toBe('Olga Owner');
    const other = ground.another();
    ground.sandbox.faults.add({ ...fault, times: 3 });
    expect(await failure(other.directory.findProfile(OLGA))).toBeInstanceOf(Unavailable);
    expect((await other.directory.findProfile(OLGA))?.displayName).toBe('Olga Owner');
  });

  it("keeps the other tenants' tokens when one tenant fails", async () => {
    await ground.azure.directory.findProfile(DANA);
    ground.sandbox.faults.add({
      path: TOKEN(IDS.contoso),
      effect: { kind: 'answer', status: 503, body: {} },
      times: 3,
    });
    await failure(ground.azure.directory.findProfile(OLGA));
    const before = tokenCalls();
    await ground.azure.directory.memberOf(DANA, [IDS.azureTeam]);
    expect(tokenCalls()).toBe(before);
  });

  it.each(['hang', 'reset', 'html'] as const)(
    'is unavailable when the token endpoint answers with %s',
    async (kind) => {
      const azure = ground.another({}, { tokenDeadlineMs: 1_500 });
      ground.sandbox.faults.add({ path: TOKEN(IDS.contoso), effect: { kind }, times: 3 });
      expect(await failure(azure.directory.findProfile(OLGA))).toBeInstanceOf(Unavailable);
      ground.sandbox.faults.clear();
      expect((await azure.directory.findProfile(OLGA))?.displayName).toBe('Olga Owner');
    },
  );

  it('calls a refused secret the operator’s business, and never shows it', async () => {
    ground.sandbox.app(IDS.app).secretState = 'expired';
    const old = await failure(ground.azure.directory.findProfile(OLGA));
    expect(old).toBeInstanceOf(Misconfigured);
    expect(old).not.toBeInstanceOf(ConsentMissing);
    expect((old as Misconfigured).message).toContain('AADSTS7000222');
    expect((old as Misconfigured).remedy).toContain('AZURE_CLIENT_SECRET');
    const azure = ground.another({ credential: { kind: 'secret', secret: 'wrong-but-secret' } });
    const wrong = (await failure(azure.directory.findProfile(OLGA))) as Misconfigured;
    expect(wrong.message).toContain('AADSTS7000215');
    expect(`${wrong.stack} ${String((wrong.cause as Error).stack)}`).not.toContain('wrong-but-secret');
  });

  it.each([
    ['removed', '700016'],
    ['disabled', '7000112'],
  ] as const)('says that the customer has %s the app', async (state, code) => {
    ground.sandbox.settings(IDS.contoso).app = state;
    const error = await failure(ground.azure.directory.findProfile(OLGA));
    expect(error).toBeInstanceOf(ConsentMissing);
    expect((error as ConsentMissing).message).toContain(`AADSTS${code}`);
    expect(await ground.azure.directory.findProfile(DANA)).toBeDefined();
    ground.sandbox.settings(IDS.contoso).app = 'consented';
    expect(await ground.azure.directory.findProfile(OLGA)).toBeDefined();
  });

  it('calls a tenant that does not exist a mistake in the configuration', async () => {
    const nowhere = { tenantId: '00000000-dead-4dea-8dea-000000000000', objectId: IDS.olga };
    const error = await failure(ground.azure.directory.findProfile(nowhere));
    expect(error).toBeInstanceOf(Misconfigured);
    expect((error as Misconfigured).message).toContain('AADSTS90002');
  });

  it('is unavailable, not misconfigured, when the sign-in host cannot be reached', async () => {
    const azure = ground.another({ authorityHost: 'https://localhost:9' });
    expect(await failure(azure.directory.findProfile(OLGA))).toBeInstanceOf(Unavailable);
  });

  it('notices at once what has been consented to since, but does not sign in anew for every refusal', async () => {
    let now = 0;
    const azure = ground.another({}, { monotonicMs: () => now });
    const graphPermissions = ['User.Read.All'];
    ground.sandbox.consent(IDS.contoso, IDS.app, { graphPermissions: [] });
    for (let time = 0; time < 4; time += 1) await failure(azure.directory.findProfile(OLGA));
    expect(tokenCalls()).toBe(2);
    now = 60_000;
    ground.sandbox.consent(IDS.contoso, IDS.app, { graphPermissions });
    await failure(azure.directory.findProfile(OLGA));
    expect((await azure.directory.findProfile(OLGA))?.displayName).toBe('Olga Owner');
  });

  it('gets the bot its own token', async () => {
    const token = await ground.azure.botToken();
    expect(ground.sandbox.verifyToken(token)).toEqual({
      tenantId: IDS.northwind,
      audience: 'https://api.botframework.com',
      clientId: IDS.bot,
    });
  });
});

describe('buildCredential', () => {
  let ground: Ground;
  let folder: string;
  let host: Awaited<ReturnType<typeof identityEndpoint>>;
  beforeAll(async () => {
    host = await identityEndpoint();
    ground = await createGround();
    folder = await mkdtemp(join(tmpdir(), 'latchkey-azure-'));
  });
  afterAll(async () => {
    await ground.stop();
    await host.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('signs in with a certificate', async () => {
    const { key, cert } = await rsaCertificate();
    const path = join(folder, 'app.pem');
    await writeFile(path, `${key}\n${cert}`);
    const azure = ground.another({ credential: { kind: 'certificate', path } });
    expect(await azure.directory.findProfile(OLGA)).toBeDefined();
    expect(ground.sent('login', 'POST').at(-1)?.body).toContain('client_assertion=');
  });

  it('signs in with a federated token, read again each time', async () => {
    const issuer = 'https://cluster.example';
    const subject = 'system:serviceaccount:latchkey';
    ground.sandbox.app(IDS.app).federatedCredentials.push({ issuer, subject });
    const file = join(folder, 'token');
    const azure = ground.another({ credential: { kind: 'federatedToken', file } });
    const missing = await failure(azure.directory.findProfile(OLGA));
    expect(missing).toBeInstanceOf(Misconfigured);
    expect((missing as Misconfigured).message).toContain(file);
    await writeFile(file, await foreignToken(issuer, 'somebody-else'));
    const untrusted = await failure(azure.directory.findProfile(OLGA));
    expect((untrusted as Misconfigured).message).toContain('AADSTS700213');
    await writeFile(file, `${await foreignToken(issuer, subject)}\n`);
    expect(await azure.directory.findProfile(OLGA)).toBeDefined();
  });

  it('signs in with the managed identity of the host', async () => {
    const issuer = 'https://identity.example';
    ground.sandbox.app(IDS.app).federatedCredentials.push({ issuer, subject: 'managed' });
    host.token = await foreignToken(issuer, 'managed');
    const azure = ground.another({ credential: { kind: 'managedIdentity' } });
    expect(await azure.directory.findProfile(OLGA)).toBeDefined();
    expect(host.asked.at(-1)).toContain(encodeURIComponent('api://AzureADTokenExchange'));
  });

  it('signs a bot in as the managed identity that it is', async () => {
    host.token = 'bot-token';
    const credential = { kind: 'managedIdentity' as const, clientId: IDS.bot };
    const azure = ground.another({ bot: { clientId: IDS.bot, tenantId: IDS.northwind, credential } });
    expect(await azure.botToken()).toBe('bot-token');
    expect(host.asked.at(-1)).toContain(encodeURIComponent('https://api.botframework.com'));
    expect(host.asked.at(-1)).toContain(IDS.bot);
  });

  it('says that the managed identity is what failed', async () => {
    host.status = 400;
    const credential = { kind: 'managedIdentity' as const, clientId: IDS.stranger };
    const error = await failure(ground.another({ credential }).directory.findProfile(OLGA));
    expect(error).toBeInstanceOf(Unavailable);
    expect((error as Unavailable).message).toContain('managed identity');
  });
});

async function rsaCertificate(): Promise<{ key: string; cert: string }> {
  await createCertificates();
  const x509 = await import('@peculiar/x509');
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: 2048,
  };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const cert = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=Latchkey',
    notBefore: new Date(Date.now() - 86_400_000),
    notAfter: new Date(Date.now() + 86_400_000),
    signingAlgorithm: algorithm,
    keys,
  });
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const lines = der.match(/.{1,64}/g)?.join('\n');
  return {
    key: `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----`,
    cert: cert.toString('pem'),
  };
}

function foreignToken(issuer: string, subject: string): Promise<string> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return new SignJWT({})
    .setProtectedHeader({ alg: 'RS256' })
    .setIssuer(issuer)
    .setSubject(subject)
    .setAudience('api://AzureADTokenExchange')
    .setExpirationTime('5m')
    .sign(privateKey);
}

/** What a host with a managed identity offers to the processes on it; the library looks for it only once. */
async function identityEndpoint() {
  const asked: string[] = [];
  const answer = { token: '', status: 200 };
  const server = http.createServer((request, response) => {
    asked.push(request.url ?? '');
    const expires_on = Math.floor(Date.now() / 1000) + 3600;
    const granted = { access_token: answer.token, expires_on, token_type: 'Bearer', resource: 'r' };
    const body = answer.status === 200 ? granted : { error: 'invalid_request' };
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  process.env['IDENTITY_ENDPOINT'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
  process.env['IDENTITY_HEADER'] = 'header';
  return Object.assign(answer, {
    asked,
    stop: async () => {
      delete process.env['IDENTITY_ENDPOINT'];
      delete process.env['IDENTITY_HEADER'];
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
