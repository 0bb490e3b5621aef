import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { slackManifest } from '../../src/slack/manifest.ts';

const checkout = join(import.meta.dirname, '../..');
let copy: string;

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'latchkey-manifests-'));
  for (const name of ['setup', 'src', 'package.json']) {
    await cp(join(checkout, name), join(copy, name), { recursive: true });
  }
  await symlink(join(checkout, 'node_modules'), join(copy, 'node_modules'));
});

beforeEach(() => cp(join(checkout, 'manifests'), join(copy, 'manifests'), { recursive: true, force: true }));

afterAll(() => rm(copy, { recursive: true, force: true }));

function manifests(root: string, ...args: string[]): Promise<{ code: number; said: string }> {
  const node = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning'];
  return new Promise((done) => {
    execFile(
      process.execPath,
      [...node, join(root, 'setup/manifests.mjs'), ...args],
      { cwd: root },
      (error, stdout, stderr) =>
        done({ code: typeof error?.code === 'number' ? error.code : 0, said: stdout + stderr }),
    );
  });
}

async function change(path: string, from: string, to: string): Promise<void> {
  const file = join(copy, path);
  const text = await readFile(file, 'utf8');
  expect(text).toContain(from);
  await writeFile(file, text.replace(from, to));
}

describe('npm run manifests', () => {
  it('finds the committed files in agreement with their sources and schemas', async () => {
    expect(await manifests(checkout)).toEqual({
      code: 0,
      said: 'The manifests agree with their sources and schemas.\n',
    });
  });

  it('refuses a file that was edited by hand, and mends it with --write', async () => {
    await change('manifests/slack/manifest.http.json', '"chat:write"', '"chat:write.public"');
    await writeFile(
      join(copy, 'manifests/teams/color.png'),
      await readFile(join(copy, 'manifests/teams/outline.png')),
    );
    const refused = await manifests(copy);
    expect(refused.code).toBe(1);
    expect(refused.said).toContain('manifests/slack/manifest.http.json differs from its source');
    expect(refused.said).toContain('manifests/teams/color.png differs from its source');
    expect((await manifests(copy, '--write')).code).toBe(0);
    expect((await manifests(copy)).code).toBe(0);
  });

  it("refuses a Teams manifest against Microsoft's schema", async () => {
    await change('manifests/teams/manifest.json', '"groupChat"]', '"groupchat"]');
    const refused = await manifests(copy);
    expect(refused.code).toBe(1);
    expect(refused.said).toContain('manifests/teams/manifest.json: ');
  });

  it("packs the Teams app with the operator's own id and address", async () => {
    const appId = '3f2c9b7e-1d2c-4b3a-9f10-00000000b07a';
    const made = await manifests(copy, '--teams', appId, 'https://chat.contoso.test/');
    expect(made.code).toBe(0);
    const files = unzip(await readFile(join(copy, 'latchkey-teams.zip')));
    expect([...files.keys()]).toEqual(['manifest.json', 'color.png', 'outline.png']);
    const manifest = JSON.parse(String(files.get('manifest.json'))) as Record<string, unknown>;
    expect(manifest).toMatchObject({
      id: appId,
      bots: [{ botId: appId }],
      developer: { privacyUrl: 'https://chat.contoso.test/privacy' },
    });
    expect(files.get('color.png')?.readUInt32BE(16)).toBe(192);
    expect(files.get('outline.png')?.readUInt32BE(16)).toBe(32);
  });

  it('packs nothing for an id that is no GUID or an address without https', async () => {
    expect((await manifests(copy, '--teams', 'latchkey', 'https://chat.contoso.test', 'a.zip')).code).toBe(1);
    const id = '3f2c9b7e-1d2c-4b3a-9f10-00000000b07a';
    expect((await manifests(copy, '--teams', id, 'http://chat.contoso.test', 'a.zip')).code).toBe(1);
    await expect(readFile(join(copy, 'a.zip'))).rejects.toThrow('ENOENT');
  });
});

/** Reads a stored archive by its central directory, as any unpacker does, and checks every sum. */
function unzip(zip: Buffer): Map<string, Buffer> {
  const end = zip.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  const files = new Map<string, Buffer>();
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    expect(zip.toString('latin1', at, at + 4)).toBe('PK\x01\x02');
    const size = zip.readUInt32LE(at + 24);
    const nameLength = zip.readUInt16LE(at + 28);
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
    const local = zip.readUInt32LE(at + 42);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const data = zip.subarray(start, start + size);
    expect(crc32(data)).toBe(zip.readUInt32LE(at + 16));
    files.set(name, data);
    at += 46 + nameLength;
  }
  expect(at).toBe(end);
  return files;
}

describe('slackManifest', () => {
  it('names no address in Socket Mode, where we call Slack', () => {
    const text = JSON.stringify(slackManifest({ publicUrl: 'https://chat.contoso.test', socketMode: true }));
    expect(text).not.toContain('https://');
  });

  it('lets Slack call one address for everything otherwise', () => {
    const { features, settings } = slackManifest({
      publicUrl: 'https://chat.contoso.test',
      socketMode: false,
    });
    const url = 'https://chat.contoso.test/slack/events';
    expect(features?.slash_commands?.[0]?.url).toBe(url);
    expect(settings?.event_subscriptions?.request_url).toBe(url);
    expect(settings?.interactivity).toEqual({ is_enabled: true, request_url: url });
  });

  it('subscribes to the events the app listens to, and asks for no right to read messages', async () => {
    const { settings, oauth_config: rights } = slackManifest({
      publicUrl: 'https://a.test',
      socketMode: true,
    });
    const routes = await readFile(join(checkout, 'src/slack/routes.ts'), 'utf8');
    const heard = [...routes.matchAll(/app\.event\('(\w+)'/g)].map((match) => match[1]);
    expect(settings?.event_subscriptions?.bot_events).toEqual(heard);
    expect(rights?.scopes?.bot?.filter((scope) => /history|email|public|customize/.test(scope))).toEqual([]);
    expect(rights?.scopes?.user).toBeUndefined();
  });

  it("stays within Slack's lengths", () => {
    const { display_information: about, features } = slackManifest({
      publicUrl: 'https://a.test',
      socketMode: true,
    });
    expect(about.name.length).toBeLessThanOrEqual(35);
    expect(about.description?.length).toBeLessThanOrEqual(140);
    expect(about.long_description?.length).toBeGreaterThanOrEqual(174);
    expect(about.long_description?.length).toBeLessThanOrEqual(4000);
    expect(features?.slash_commands?.[0]?.usage_hint?.length).toBeLessThanOrEqual(1000);
  });
});
