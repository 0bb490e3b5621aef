import type { Config } from './config.ts';
import { startApp } from './app.ts';
import type { RunningApp } from './app.ts';
import type { Log } from './access/ports.ts';
import { createLog } from './log.ts';
import type { RedisAddress } from './redis/connection.ts';
import { startPrivateRedis } from './redis/private-server.ts';

/**
 * Runs Latchkey until it is told to stop (SIGTERM, SIGINT). Starts a Redis of its own where none was given.
 * @throws {Misconfigured} with what to change, when it cannot start
 */
export async function start(config: Config): Promise<void> {
  const log = createLog({ level: config.logLevel });
  keepOneLinePerEvent(log);
  endOnDefects(log);
  const { address, stop: stopRedis } = await openRedis(config, log);
  let app: RunningApp;
  try {
    app = await startApp({ config, address, log });
  } catch (error) {
    await stopRedis();
    throw error;
  }
  const signal = await told();
  log.info('app.stopping', { signal });
  await app.stop();
  await stopRedis();
  log.info('app.stopped');
}

/** What nobody caught leaves the process in an unknown state: a supervisor starts a sound one. */
function endOnDefects(log: Log): void {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      log.error('process.defect', { error: error instanceof Error ? error.stack : String(error) });
      process.exit(1);
    });
  }
}

const SDK_LINES_PER_MINUTE = 30;

/**
 * What SDKs print by themselves becomes a line of our log, bounded in length and number: botbuilder prints a stack for
 * every token it refuses.
 */
function keepOneLinePerEvent(log: Log): void {
  let minute = 0;
  let lines = 0;
  const say = (...words: unknown[]): void => {
    const now = Math.floor(Date.now() / 60_000);
    lines = now === minute ? lines + 1 : 1;
    minute = now;
    if (lines > SDK_LINES_PER_MINUTE) return;
    const text = words.map((word) =>
      word instanceof Error ? word.message : typeof word === 'string' ? word : '',
    );
    log.warn('sdk.said', { words: text.join(' ').slice(0, 300) });
  };
  Object.assign(console, { error: say, warn: say, log: say, info: say, debug: () => undefined });
}

async function openRedis(
  config: Config,
  log: Log,
): Promise<{ address: RedisAddress; stop(): Promise<void> }> {
  if (config.redis.kind === 'server') {
    return { address: { url: config.redis.url }, stop: async () => undefined };
  }
  const { command, dir } = config.redis;
  const server = await startPrivateRedis({
    command,
    dir,
    log: {
      info: (message) => log.info('redis.private', { message }),
      warn: (message) => log.warn('redis.private', { message }),
    },
  });
  log.warn('redis.private', {
    message: 'REDIS_URL is not set: this is a private server. Production wants its own.',
  });
  return { address: { path: server.socketPath, password: server.password }, stop: server.stop };
}

function told(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  });
}
