import { parseArgs } from 'node:util';
import { PortTaken, startPage } from './page/page.ts';
import { AppFailure } from './demo/app-process.ts';
import { openHouse, type House } from './demo/house.ts';
import { say } from './demo/say.ts';
import { StepMissed, tellStory } from './demo/story.ts';
import { failureLines, timelineLines } from './demo/timeline.ts';

const HELP = `Latchkey against a simulated Slack, Teams and Azure, on this machine only.

Usage: npm run demo [-- options]

  --port <port>   port of the page (default: any free one)
  --once          the whole story without hands: asked in Slack, approved in Teams, effective in Azure,
                  gone after a minute; prints when everything happened and fails if anything is left
  --help          this text`;

interface Options {
  once: boolean;
  port: number;
}

/** @throws {TypeError} when an option is not understood */
function readOptions(args: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: { port: { type: 'string' }, once: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) return 'help';
  const port = Number(values.port ?? 0);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new TypeError(`--port takes a number from 0 to 65535, not "${values.port ?? ''}".`);
  }
  return { once: values.once === true, port };
}

async function run(args: readonly string[]): Promise<number> {
  let options: Options | 'help';
  try {
    options = readOptions(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return 2;
  }
  if (options === 'help') {
    console.log(HELP);
    return 0;
  }
  const told = signalled();
  const house = await openHouse({ stop: told.signal, say });
  try {
    return options.once ? await once(house, told.signal) : await stay(house, options.port, told.signal);
  } finally {
    await house.close();
    told.forget();
  }
}

async function once(house: House, stop: AbortSignal): Promise<number> {
  const { entries, problem } = await tellStory({ house, stop, say });
  for (const line of timelineLines(entries)) console.log(line);
  if (problem === undefined) return 0;
  for (const line of failureLines(problem, house.app.logTail())) console.error(line);
  return 1;
}

async function stay(house: House, port: number, stop: AbortSignal): Promise<number> {
  const page = await startPage({ world: house.world, port });
  say('ready');
  console.log(`
  Open ${page.url}

  1  As Dana in Slack:  /access contoso reader 30m incident 42
  2  As Olga in Teams:  press Approve on the card
  3  Watch Azure:       access appears, counts down, and goes; or press Finish now as Dana

  Ctrl+C stops everything and leaves nothing behind.
`);
  const why = await Promise.race([house.app.exited, aborted(stop).then(() => undefined)]);
  await page.stop();
  if (why === undefined) return 0;
  for (const line of failureLines(`Latchkey stopped by itself (${why}).`, house.app.logTail()))
    console.error(line);
  return 1;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

const SAME_SIGNAL_MS = 1_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function signalled(): { signal: AbortSignal; forget(): void } {
  const controller = new AbortController();
  let toldAt = 0;
  const stop = (): void => {
    // A second one means now; but one Ctrl+C may arrive twice, from the terminal and from a parent that passes it on.
    if (controller.signal.aborted && Date.now() - toldAt > SAME_SIGNAL_MS) process.exit(130);
    toldAt ||= Date.now();
    controller.abort(new StepMissed('Stopped by hand.'));
  };
  for (const name of SIGNALS) process.on(name, stop);
  return {
    signal: controller.signal,
    forget: () => {
      for (const name of SIGNALS) process.off(name, stop);
    },
  };
}

function linesAbout(error: unknown): string[] {
  if (error instanceof AppFailure) return failureLines(error.message, error.logTail);
  if (error instanceof PortTaken || error instanceof StepMissed) return failureLines(error.message, []);
  return [error instanceof Error ? (error.stack ?? error.message) : String(error)];
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  const lines = linesAbout(error);
  for (const line of lines) console.error(line);
  process.exitCode = 1;
}
