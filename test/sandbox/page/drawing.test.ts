import { WebClient } from '@slack/web-api';
import type { Page as Tab } from 'playwright-core';
import { startPage, type Page } from '../../../sandbox/page/page.ts';
import { IDS, SECRETS, SLACK } from '../../../sandbox/world/ids.ts';
import { createWorld, type World } from '../../../sandbox/world/world.ts';
import { describeInBrowser, openBrowser, type Watched } from '../../demo/browser.ts';

const EVIL = '<img src=x onerror="document.title=1"><b>bold</b> &amp; [x](javascript:alert(1)) **x**';

let world: World;
let page: Page;
let watched: Watched;
let tab: Tab;
let client: WebClient;

/** Posts blocks as the bot; the answer is the message as drawn. */
async function drawn(blocks: unknown[], text = 'words') {
  const { ts } = await client.chat.postMessage({ channel: SLACK.general, text, blocks: blocks as never });
  const message = tab.locator(`.s-message[data-ts="${ts ?? ''}"]`);
  await message.waitFor();
  return message;
}

const rich = (...elements: unknown[]) => ({ type: 'rich_text', elements });
const section = (...elements: unknown[]) => ({ type: 'rich_text_section', elements });

describeInBrowser('the panes', () => {
  beforeAll(async () => {
    watched = await openBrowser();
    world = await createWorld();
    page = await startPage({ world });
    client = new WebClient(SECRETS.slackBot, { slackApiUrl: world.slack.apiUrl });
    tab = await watched.open(page.url);
  }, 60_000);

  afterAll(async () => {
    await watched?.close();
    await page?.stop();
    await world?.stop();
  });

  it('draws nothing of a message as markup, wherever it stands', async () => {
    const plain = { type: 'plain_text', text: EVIL };
    const message = await drawn([
      { type: 'header', text: plain },
      { type: 'section', text: plain, fields: [plain] },
      { type: 'context', elements: [plain] },
      rich(
        section({ type: 'text', text: EVIL }),
        { type: 'rich_text_quote', elements: [{ type: 'text', text: EVIL }] },
        { type: 'rich_text_preformatted', elements: [{ type: 'text', text: EVIL }] },
      ),
      {
        type: 'actions',
        elements: [{ type: 'button', action_id: 'a', text: { type: 'plain_text', text: '<b>x</b>' } }],
      },
    ]);
    expect(await message.locator('.blocks').locator('img, b, script').count()).toBe(0);
    expect((await message.innerText()).split(EVIL)).toHaveLength(8);
    expect(await tab.title()).toBe('Latchkey: try it');
  });

  it('draws rich text with its styles, links, mentions and dates in the reader’s zone', async () => {
    const message = await drawn([
      rich(
        section(
          { type: 'text', text: 'bold', style: { bold: true } },
          { type: 'text', text: 'code', style: { code: true } },
          { type: 'link', url: 'https://portal.azure.com/', text: 'portal' },
          { type: 'user', user_id: SLACK.kim },
          { type: 'channel', channel_id: SLACK.general },
          { type: 'date', timestamp: 1_800_000_000, format: '{date_short} at {time}', fallback: 'then' },
        ),
        { type: 'rich_text_list', style: 'bullet', elements: [section({ type: 'text', text: 'one' })] },
      ),
    ]);
    expect(await message.locator('strong', { hasText: 'bold' }).count()).toBe(1);
    expect(await message.locator('code').innerText()).toBe('code');
    expect(await message.locator('a').getAttribute('href')).toBe('https://portal.azure.com/');
    expect(await message.locator('.mention').allInnerTexts()).toEqual(['@Kim Example', '#general']);
    // 2027-01-15 08:00 UTC, in Berlin.
    expect(await message.locator('time.date').innerText()).toBe('15 Jan 2027 at 09:00');
    expect(await message.locator('ul li').innerText()).toBe('one');
  });

  it('reads Slack’s markup and nothing else in mrkdwn', async () => {
    const text = `*bold* _it_ ~no~ \`co*de*\` <https://a.example/?a=1&amp;b=2|a link> <@${SLACK.lee}> &lt;b&gt; 2*3*4\n&gt; quoted`;
    const message = await drawn([{ type: 'section', text: { type: 'mrkdwn', text } }]);
    const body = message.locator('.b-section');
    expect(await body.locator('strong').allInnerTexts()).toEqual(['bold']);
    expect(await body.locator('em').innerText()).toBe('it');
    expect(await body.locator('s').innerText()).toBe('no');
    expect(await body.locator('code').innerText()).toBe('co*de*');
    expect(await body.locator('a').getAttribute('href')).toBe('https://a.example/?a=1&b=2');
    expect(await body.locator('.mention').innerText()).toBe('@Lee Lead');
    expect(await body.innerText()).toContain('<b> 2*3*4');
    expect(await body.locator('blockquote').innerText()).toBe('quoted');
  });

  it('shows a link that runs code as bare words', async () => {
    const message = await drawn([
      rich(section({ type: 'link', url: 'javascript:alert(1)', text: 'click' })),
    ]).catch(() => undefined);
    expect((await message?.locator('a').count()) ?? 0).toBe(0);
  });

  it('marks what was edited and what only one person sees', async () => {
    const { ts } = await client.chat.postMessage({ channel: SLACK.general, text: 'first' });
    await client.chat.update({ channel: SLACK.general, ts: ts ?? '', text: 'second' });
    const message = tab.locator(`.s-message[data-ts="${ts ?? ''}"]`, { hasText: 'second' });
    await message.waitFor();
    expect(await message.innerText()).toContain('(edited)');
    await client.chat.postEphemeral({ channel: SLACK.general, user: SLACK.dana, text: 'for your eyes' });
    const secret = tab.locator('.s-message.ephemeral', { hasText: 'for your eyes' });
    await secret.waitFor();
    expect(await secret.innerText()).toContain('Only visible to you');
    await tab.getByRole('radio', { name: /Kim/ }).click();
    await message.waitFor();
    expect(await secret.count()).toBe(0);
    await tab.locator('#slack').getByRole('radio', { name: /Dana/ }).click();
  });

  it('keeps what is being typed into a message’s neighbour when a message changes', async () => {
    await tab.locator('#slack-composer').fill('half a sent');
    await drawn([{ type: 'divider' }], 'new');
    expect(await tab.locator('#slack-composer').inputValue()).toBe('half a sent');
    await tab.keyboard.press('End');
    await tab.locator('#slack-composer').fill('hello');
    await tab.keyboard.press('Enter');
    await tab.locator('.toast', { hasText: 'begin with /access or @Latchkey' }).waitFor();
    expect(world.slack.messages(SLACK.general).some(({ text }) => text.includes('hello'))).toBe(false);
  });

  it('keeps what an owner assigned apart from what is on loan', async () => {
    world.azure.assignRole({
      scope: `/subscriptions/${IDS.contosoSubscription}`,
      roleGuid: IDS.reader,
      principalId: IDS.omar,
    });
    await tab.locator('#azure .a-list li', { hasText: 'Omar Owner' }).waitFor();
    expect(await tab.locator('#azure .a-loan').count()).toBe(0);
  });

  it('says so when the demo is gone', async () => {
    const other = await startPage({ world });
    const lonely = await watched.open(other.url);
    await lonely.locator('.s-row').first().waitFor();
    await other.stop();
    await lonely.locator('.toast', { hasText: 'npm run demo' }).waitFor();
    watched.problems.splice(
      0,
      watched.problems.length,
      ...watched.problems.filter((each) => !/net::ERR/.test(each)),
    );
  });

  it('has nothing to complain about', () => {
    expect(watched.problems).toEqual([]);
  });
});
