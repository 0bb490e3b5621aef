import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { createWorld, type World } from '../world/world.ts';
import { AppFailure, startAppProcess, type AppProcess } from './app-process.ts';
import type { Say } from './say.ts';

/** The simulated world with the real app in it. */
export interface House {
  world: World;
  app: AppProcess;
  /** Where the app listens. */
  appUrl: string;
  /** Stops everything and removes what it wrote. */
  close(): Promise<void>;
}

const READY_MS = 30_000;
const LOOK_EVERY_MS = 50;

/**
 * Starts the simulated vendors, the app with a private Redis, and has the bot installed.
 *
 * @throws {AppFailure} when the app is not ready within half a minute
 */
export async function openHouse({ stop, say }: { stop: AbortSignal; say: Say }): Promise<House> {
  say('starting the simulated Slack, Teams and Azure');
  const world = await createWorld();
  const dir = await mkdtemp(join(tmpdir(), 'latchkey-demo-'));
  const policyFile = join(dir, 'policy.yaml');
  await writeFile(policyFile, world.policy);
  const port = await freePort();
  const appUrl = `http://127.0.0.1:${port}`;
  say('starting Latchkey with a Redis of its own');
  const app = startAppProcess({
    program: join(import.meta.dirname, `../../src/cli${extname(import.meta.filename)}`),
    env: {
      ...world.environment,
      PORT: String(port),
      PUBLIC_URL: appUrl,
      POLICY_FILE: policyFile,
      DATA_DIR: join(dir, 'data'),
    },
  });
  const close = async (): Promise<void> => {
    await app.stop();
    await world.stop();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await ready(app, appUrl, stop);
    say('installing the bot in three tenants');
    await world.connect(appUrl);
  } catch (error) {
    await close();
    throw error;
  }
  return { world, app, appUrl, close };
}

async function ready(app: AppProcess, appUrl: string, stop: AbortSignal): Promise<void> {
  const until = Date.now() + READY_MS;
  let gone: string | undefined;
  void app.exited.then((why) => (gone = why));
  while (!(await isReady(appUrl))) {
    stop.throwIfAborted();
    if (gone !== undefined) throw new AppFailure(`Latchkey did not start (${gone}).`, app.logTail());
    if (Date.now() > until) {
      throw new AppFailure(`Latchkey was not ready within ${READY_MS / 1000} seconds.`, app.logTail());
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

async function isReady(appUrl: string): Promise<boolean> {
  try {
    const response = await fetch(`${appUrl}/health`, { signal: AbortSignal.timeout(2000) });
    await response.text();
    return response.ok;
  } catch {
    return false;
  }
}

/** A port that nobody listens on at the moment. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
