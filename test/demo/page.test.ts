import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page as Tab } from 'playwright-core';
import { openHouse, type House } from '../../sandbox/demo/house.ts';
import { startPage, type Page } from '../../sandbox/page/page.ts';
import { IDS } from '../../sandbox/world/ids.ts';
import { describeInBrowser, openBrowser, type Watched } from './browser.ts';

const PICTURES = join(import.meta.dirname, '../../docs/images');

let house: House;
let page: Page;
let watched: Watched;

/** Kept for the README when asked for; a test run changes no file. */
async function picture(tab: Tab, name: string): Promise<void> {
  if (!process.env['UPDATE_SCREENSHOTS']) return;
  await mkdir(PICTURES, { recursive: true });
  // Let what is moving come to rest.
  await tab.evaluate('Promise.all(document.getAnimations().map((each) => each.finished.catch(() => 0)))');
  await tab.screenshot({ path: join(PICTURES, `${name}.png`) });
}

describeInBrowser('the demo page with the real app', () => {
  beforeAll(async () => {
    watched = await openBrowser();
    house = await openHouse({ stop: new AbortController().signal, say: () => undefined });
    page = await startPage({ world: house.world });
  }, 60_000);

  afterAll(async () => {
    await watched?.close();
    await page?.stop();
    await house?.close();
  }, 30_000);

  it('leads from asking over approving and access to its end', async () => {
    const tab = await watched.open(page.url, { height: 1050, zone: 'Europe/London' });
    const slack = tab.locator('#slack');
    const teams = tab.locator('#teams');
    const azure = tab.locator('#azure');

    await tab.getByRole('button', { name: '/access contoso reader 30m incident 42' }).click();
    await slack.locator('.s-message.ephemeral', { hasText: 'Only visible to you' }).waitFor();
    const approve = teams.getByRole('button', { name: 'Approve 30 minutes' });
    await approve.waitFor();
    expect(await teams.locator('.t-card').last().innerText()).toContain('incident 42');
    expect(await azure.locator('.a-loan').count()).toBe(0);
    await picture(tab, 'demo-asked');

    await approve.click();
    await azure.locator('.a-loan', { hasText: 'Reader' }).waitFor();
    expect(await azure.locator('.a-left').innerText()).toMatch(/^(30:00|29:[0-5]\d)$/);
    expect(await azure.locator('.pill.pending').innerText()).toBe('invited');
    await teams.locator('.t-card', { hasText: 'Active until' }).waitFor();
    expect(
      house.world.azure
        .leftBehind(IDS.app)
        .map(({ kind }) => kind)
        .sort(),
    ).toEqual(['guest', 'roleAssignment']);

    await slack.locator('.knock', { hasText: 'You are in' }).click();
    await slack.getByRole('button', { name: 'Finish now' }).waitFor();
    expect(await slack.locator('.s-log pre').innerText()).toContain(`az login --tenant ${IDS.contoso}`);
    await picture(tab, 'demo-active');
    await slack.getByRole('button', { name: 'Accept the invitation' }).click();
    await azure.locator('.pill.good', { hasText: 'accepted' }).waitFor();
    await tab.locator('.toast', { hasText: 'Invitation accepted' }).getByRole('button').click();

    await slack.getByRole('button', { name: 'Finish now' }).click();
    await azure.locator('.a-none', { hasText: 'Nobody from outside' }).waitFor();
    await azure.locator('.pill.gone', { hasText: 'deleted' }).waitFor();
    await teams.locator('.t-card', { hasText: 'Verified gone' }).waitFor();
    await slack.locator('.s-message', { hasText: 'Ended: reader at Contoso Ltd' }).waitFor();
    expect(house.world.azure.leftBehind(IDS.app)).toEqual([]);
    await picture(tab, 'demo-ended');
    await tab.close();
  }, 60_000);

  it('asks with a form, and lets an approver allow less on the card', async () => {
    const tab = await watched.open(page.url, { scheme: 'dark', height: 1050, zone: 'Europe/London' });
    const slack = tab.locator('#slack');
    const teams = tab.locator('#teams');
    await tab.getByRole('button', { name: '/access (a form)' }).click();
    const modal = slack.getByRole('dialog', { name: 'Ask for access' });
    await modal.getByRole('button', { name: 'Ask', exact: true }).click();
    await modal.getByText('Please complete this required field.').first().waitFor();
    await modal.getByLabel('Customer').selectOption('contoso');
    await modal.getByLabel('Role').selectOption('contributor');
    await modal.getByLabel('Reason').fill('Patch window, agreed with Omar');
    expect(await modal.getByText('Please complete').count()).toBe(0);
    await picture(tab, 'demo-form');
    await modal.getByLabel('Reason').fill('<b>patch</b> window & *more*');
    await modal.getByRole('button', { name: 'Ask', exact: true }).click();
    await modal.waitFor({ state: 'detached' });

    const card = teams.locator('.t-card', { hasText: 'asks for contributor' }).last();
    await card.waitFor();
    expect(await card.innerText()).toContain('<b>patch</b> window & *more*');
    await card.getByRole('button', { name: 'Approve for less…' }).click();
    await card.locator('select:visible').selectOption('15m');
    await card.getByRole('button', { name: 'Approve', exact: true }).click();
    await tab.locator('.a-loan', { hasText: 'Contributor' }).waitFor();
    const left = await tab.locator('.a-left').innerText();
    expect(left).toMatch(/^(15:00|14:[0-5]\d)$/);
    await tab.locator('.a-left', { hasNotText: left }).waitFor();

    const revoke = teams.locator('.t-card', { hasText: 'Active until' }).last();
    await revoke.getByRole('button', { name: 'Revoke…' }).click();
    await revoke.getByRole('button', { name: 'Revoke', exact: true }).click();
    await tab.locator('.a-none', { hasText: 'Nobody from outside' }).waitFor();
    await teams.locator('.t-card', { hasText: 'Revoked' }).filter({ hasText: 'Verified gone' }).waitFor();
    expect(house.world.azure.leftBehind(IDS.app)).toEqual([]);
    await tab.close();
  }, 60_000);

  it('shows every person their own places and nobody else’s answers', async () => {
    const tab = await watched.open(page.url);
    const slack = tab.locator('#slack');
    await slack.locator('#slack-composer').fill('/access roles');
    await tab.keyboard.press('Enter');
    await slack.locator('.s-message.ephemeral').last().waitFor();
    const answers = await slack.locator('.s-message.ephemeral').count();
    expect(answers).toBeGreaterThan(0);

    await slack.getByRole('radio', { name: /Kim/ }).click();
    await slack.locator('.empty').waitFor();
    expect(await slack.locator('.s-message.ephemeral').count()).toBe(0);
    expect(await slack.getByRole('navigation').innerText()).not.toContain('access-leads');

    await tab.keyboard.press('ArrowRight');
    expect(await slack.getByRole('radio', { name: /Lee/ }).getAttribute('aria-checked')).toBe('true');
    expect(await slack.getByRole('navigation').innerText()).toContain('access-leads');

    await tab.locator('#teams').getByRole('radio', { name: /Frida/ }).click();
    await tab.locator('#teams .empty', { hasText: 'Nobody has asked' }).waitFor();
    await tab.close();
  }, 30_000);

  it('answers a mention and a personal message in Teams', async () => {
    const tab = await watched.open(page.url);
    const teams = tab.locator('#teams');
    await teams.getByRole('radio', { name: /Olga/ }).click();
    await teams.locator('#teams-composer').fill('@Latchkey who contoso');
    await tab.keyboard.press('Enter');
    await teams.locator('.t-mention', { hasText: 'Latchkey' }).last().waitFor();
    await teams.locator('[data-place=chat]').click();
    await teams.locator('#teams-composer').fill('help');
    await tab.keyboard.press('Enter');
    await teams.locator('.t-card', { hasText: 'more time' }).last().waitFor({ timeout: 10_000 });
    await tab.close();
  }, 30_000);

  it('has nothing to complain about', () => {
    expect(watched.problems).toEqual([]);
  });
});
