import http from 'node:http';
import { endOf } from '../../../sandbox/page/azure-scene.ts';
import { startPage, type Page } from '../../../sandbox/page/page.ts';
import { IDS, SLACK } from '../../../sandbox/world/ids.ts';
import { createWorld, type World } from '../../../sandbox/world/world.ts';

let world: World;
let page: Page;

beforeAll(async () => {
  world = await createWorld();
  page = await startPage({ world });
});
afterAll(async () => {
  await page.stop();
  await world.stop();
});

interface Got {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

/** A request whose headers, `Host` included, are ours to choose. */
function get(path: string, options: http.RequestOptions & { body?: string } = {}): Promise<Got> {
  const { body, ...rest } = options;
  return new Promise((resolve, reject) => {
    const request = http.request(new URL(page.url), { ...rest, path }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

const act = (what: unknown, headers: http.OutgoingHttpHeaders = {}): Promise<Got> =>
  get('/act', { method: 'POST', headers, body: typeof what === 'string' ? what : JSON.stringify(what) });

describe('startPage', () => {
  it('serves the page and every file it names, with nothing from elsewhere allowed', async () => {
    const index = await get('/');
    expect(index.status).toBe(200);
    expect(index.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
    const files = [...index.body.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) expect([file, (await get(`/${file}`)).status]).toEqual([file, 200]);
  });

  it.each([
    '/../page.ts',
    '/%2e%2e/page.ts',
    '/..%2fpage.ts',
    '/nothing.js',
    '/package.json',
    '/client/main.js',
  ])('has no %s', async (path) => {
    expect((await get(path)).status).toBe(404);
  });

  it('refuses other sites and names that were made to point here', async () => {
    const what = { kind: 'slackHome', user: SLACK.dana };
    expect((await act(what, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await act(what, { host: 'evil.example' })).status).toBe(403);
    expect((await get('/events', { headers: { host: 'evil.example' } })).status).toBe(403);
    expect(
      (await get('/', { headers: { host: new URL(page.url).host.replace('127.0.0.1', 'localhost') } }))
        .status,
    ).toBe(200);
  });

  it('says so when the port is taken', async () => {
    const port = Number(new URL(page.url).port);
    await expect(startPage({ world, port })).rejects.toThrow(`Port ${port} is taken.`);
  });

  it('takes acts by POST alone, and none above 64 KB', async () => {
    expect((await get('/act')).status).toBe(404);
    expect((await get('/', { method: 'PUT' })).status).toBe(405);
    expect((await act(JSON.stringify({ kind: 'x'.repeat(70_000) }))).status).toBe(500);
  });

  it.each([
    ['no JSON', 'nonsense', /JSON/],
    ['no object', 'null', /object/],
    ['an unknown kind', { kind: 'fly' }, /nothing called "fly"/],
    ['a name of every object', { kind: 'constructor' }, /nothing called "constructor"/],
    ['a missing field', { kind: 'slackCommand', user: SLACK.dana }, /"channel" is missing/],
    [
      'somebody who is not there',
      { kind: 'slackCommand', user: 'U0X', channel: SLACK.general, text: 'x' },
      /U0X/,
    ],
    [
      'a place somebody is not in',
      { kind: 'slackCommand', user: SLACK.dana, channel: SLACK.ops, text: 'x' },
      /not in/,
    ],
  ])('says what is wrong with %s', async (_name, what, words) => {
    const answer = await act(what);
    expect(answer.status).toBe(400);
    expect((JSON.parse(answer.body) as { say: string }).say).toMatch(words);
  });

  it('says so when the app cannot be reached', async () => {
    const answer = await act({
      kind: 'slackCommand',
      user: SLACK.dana,
      channel: SLACK.general,
      text: '/access',
    });
    expect(JSON.parse(answer.body)).toEqual({ say: 'Slack could not reach Latchkey.' });
  });

  it('accepts an invitation by its link', async () => {
    const guest = world.azure.addUser(IDS.contoso, {
      displayName: 'Kim Example',
      mail: 'kim@northwind.example',
      userType: 'Guest',
      externalUserState: 'PendingAcceptance',
    });
    const target = `https://invitations.microsoft.com/redeem/?tenant=${IDS.contoso}&user=${guest.id}&ver=2.0`;
    const url = `${world.azure.url}/redeem?rd=${encodeURIComponent(target)}`;
    expect((await act({ kind: 'redeem', url })).status).toBe(200);
    const seen = world.azure.dump().tenants.find(({ id }) => id === IDS.contoso);
    expect(seen?.guests.find(({ id }) => id === guest.id)?.externalUserState).toBe('Accepted');
  });
});

/** Reads scenes off the stream until `wanted` gives something. */
async function follow<T>(
  wanted: (event: string, scene: Record<string, unknown>) => T | undefined,
): Promise<T> {
  const abort = new AbortController();
  const response = await fetch(`${page.url}events`, { signal: abort.signal });
  let text = '';
  try {
    for await (const chunk of response.body ?? []) {
      text += new TextDecoder().decode(chunk as Uint8Array);
      for (const frame of text.split('\n\n').slice(0, -1)) {
        const [event = '', data = ''] = frame.split('\n').map((line) => line.replace(/^(event|data): /, ''));
        const found = wanted(event, JSON.parse(data) as Record<string, unknown>);
        if (found !== undefined) return found;
      }
      text = text.slice(text.lastIndexOf('\n\n') + 2);
    }
  } finally {
    abort.abort();
  }
  throw new Error('the stream ended');
}

describe('the live scenes', () => {
  it('begin with all three panes', async () => {
    const seen = new Set<string>();
    const all = await follow((event) => (seen.add(event).size === 3 ? [...seen] : undefined));
    expect(all).toEqual(['slack', 'teams', 'azure']);
  });

  it('show a change as it happens, with its event', async () => {
    let isMade = false;
    const events = await follow((event, scene) => {
      if (event !== 'azure') return undefined;
      if (!isMade) world.azure.changeUser(IDS.contoso, IDS.omar, { jobTitle: 'Owner' });
      isMade = true;
      const texts = (scene['events'] as Array<{ text: string }>).map(({ text }) => text);
      return texts.some((text) => text.includes('Omar')) ? texts : undefined;
    });
    expect(events[0]).toBe('Omar Owner was changed by an administrator');
  });

  it('hold no secret of the simulated world', async () => {
    const frames: string[] = [];
    await follow((_event, scene) => (frames.push(JSON.stringify(scene)) === 3 ? true : undefined));
    for (const [name, value] of Object.entries(world.environment)) {
      if (/SECRET|TOKEN|PASSWORD/.test(name)) expect(frames.join()).not.toContain(value);
    }
  });
});

describe('endOf', () => {
  it('reads the end off a marker', () => {
    expect(endOf('latchkey/1 g=AR-7K3M9PQX e=1795214810')).toBe(1_795_214_810_000);
  });

  it.each([
    [null],
    [''],
    ['somebody else’s words e=1795214810'],
    ['latchkey/1 g=AR-1 e=soon'],
    ['latchkey/1 g=AR-1 e=1'],
  ])('finds none in %p', (description) => {
    expect(endOf(description)).toBeUndefined();
  });
});
