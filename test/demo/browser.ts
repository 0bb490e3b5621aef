import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const ARGS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

const MISSING =
  'No Chromium for the tests in a browser. Run: sudo apt-get update && sudo apt-get install -y chromium';

function findProgram(): string | undefined {
  const named = process.env['LATCHKEY_CHROMIUM'];
  if (named) return named;
  const dirs = (process.env['PATH'] ?? '').split(delimiter).filter((dir) => dir !== '');
  return NAMES.flatMap((name) => dirs.map((dir) => join(dir, name))).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const program = findProgram();

/** `describe` for suites that need a browser: without one they fail in CI, and elsewhere say why they are left out. */
export const describeInBrowser: (name: string, suite: () => void) => void =
  program !== undefined || process.env['CI']
    ? describe
    : (name, suite) => describe.skip(`${name} (left out: ${MISSING})`, suite);

/** A browser, with every page it opens watched. */
export interface Watched {
  browser: Browser;
  /** Opens an address; whatever goes wrong in the page ends up in `problems`. */
  open(url: string, look?: { height?: number; scheme?: 'light' | 'dark'; zone?: string }): Promise<Page>;
  problems: string[];
  close(): Promise<void>;
}

/** @throws {Error} with the command to run when there is no Chromium */
export async function openBrowser(): Promise<Watched> {
  if (program === undefined) throw new Error(MISSING);
  const browser = await chromium.launch({ executablePath: program, args: ARGS.split(' ') });
  const problems: string[] = [];
  return {
    browser,
    problems,
    open: async (url, { height = 1000, scheme = 'light', zone = 'Europe/Berlin' } = {}) => {
      const page = await browser.newPage({
        viewport: { width: 1600, height },
        colorScheme: scheme,
        locale: 'en-GB',
        timezoneId: zone,
      });
      page.setDefaultTimeout(10_000);
      page.on('pageerror', (error) => problems.push(String(error.stack)));
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
      });
      await page.goto(url);
      return page;
    },
    close: () => browser.close(),
  };
}
