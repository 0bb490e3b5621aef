// Measures, prints one table, writes it down. `npm run bench -- --help`
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { flow, lateness } from './lateness/lateness.ts';
import type { Bench, Row } from './measure.ts';
import { memory } from './memory.ts';
import type { Circumstances } from './report.ts';
import { machineWords, markdownTable, plot, terminalTable } from './report.ts';
import { onGround } from './ground.ts';
import { storm } from './storm.ts';
import { takeover } from './takeover.ts';

const BENCHES: readonly Bench[] = [lateness, flow, storm, memory, takeover];
const ROUNDS = 3;
const QUICK = 0.1;
const root = join(import.meta.dirname, '..');

const HELP = `Usage: npm run bench [-- options]

Measures Latchkey against a yardstick in the same run, and prints one table.
Writes bench/results/latest.json, where what was measured on the same day
with the same settings stays until it is measured anew.

  --only <name>  only this one; may be given several times
  --quick        a tenth of the load, one round: does it run, not how fast
  --publish      writes all of that into docs/performance.md, with a plot
  --help         this

${BENCHES.map(({ name, about }) => `  ${name.padEnd(13)} ${about}`).join('\n')}
`;

interface Chosen {
  benches: readonly Bench[];
  rounds: number;
  scale: number;
  publishes: boolean;
}

/** @throws {TypeError} for what is no option, or no name */
function choose(argv: string[]): Chosen | 'help' {
  const { values } = parseArgs({
    args: argv,
    options: {
      only: { type: 'string', multiple: true },
      quick: { type: 'boolean' },
      publish: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return 'help';
  const unknown = values.only?.find((name) => !BENCHES.some((bench) => bench.name === name));
  if (unknown !== undefined) throw new TypeError(`There is no measurement "${unknown}".`);
  if (values.publish && values.quick) throw new TypeError('A quick run says nothing worth publishing.');
  return {
    benches: BENCHES.filter(({ name }) => values.only?.includes(name) ?? true),
    rounds: values.quick ? 1 : ROUNDS,
    scale: values.quick ? QUICK : 1,
    publishes: values.publish ?? false,
  };
}

/** Answers nothing when it was told what is wrong. */
function understand(argv: string[]): Chosen | 'help' | undefined {
  try {
    return choose(argv);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    process.stderr.write(`${error.message}\n\n${HELP}`);
    process.exitCode = 2;
    return undefined;
  }
}

async function run({ benches, rounds, scale, publishes }: Chosen): Promise<void> {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const circumstances: Circumstances = {
    machine: machineWords(),
    node: process.version,
    redis: await serverWords(),
    rounds,
    scale,
    day: new Date().toISOString().slice(0, 10),
  };
  const measured = await readMeasured(circumstances);
  for (const bench of benches) {
    say(`${bench.name}: ${bench.about}`);
    measured[bench.name] = await bench.run({ rounds, scale, say });
    await writeMeasured(circumstances, measured);
  }
  const rows = rowsOf(publishes ? BENCHES : benches, measured);
  process.stdout.write(`\n${wordsOf(circumstances)}\n\n${terminalTable(rows)}\n`);
  if (publishes) await publish(rows, circumstances);
}

/** The rows of each measurement, by its name. */
type Measured = Record<string, Row[]>;

const RESULTS = join(root, 'bench/results/latest.json');

function rowsOf(benches: readonly Bench[], measured: Measured): Row[] {
  return benches.flatMap(({ name }) => measured[name] ?? []);
}

/** What was measured before in just the same circumstances stays until it is measured anew. */
async function readMeasured(circumstances: Circumstances): Promise<Measured> {
  const text = await readFile(RESULTS, 'utf8').catch(() => '{}');
  const { measured, ...former } = JSON.parse(text) as { measured?: Measured };
  return measured && JSON.stringify(former) === JSON.stringify(circumstances) ? measured : {};
}

async function writeMeasured(circumstances: Circumstances, measured: Measured): Promise<void> {
  await mkdir(dirname(RESULTS), { recursive: true });
  await writeFile(RESULTS, `${JSON.stringify({ ...circumstances, measured }, undefined, 2)}\n`);
}

function wordsOf({ machine, node, redis, rounds, scale, day }: Circumstances): string {
  const load = scale === 1 ? '' : `, ${scale} of the load: says nothing about speed`;
  return `${day}, ${machine}, Node ${node}, ${redis}, every write synced to disk, medians of ${rounds} round${rounds > 1 ? 's' : ''}${load}.`;
}

const PAGE = 'docs/performance.md';
const TABLE = /(<!-- table -->\n)[^]*(<!-- end of table -->)/;

async function publish(rows: readonly Row[], circumstances: Circumstances): Promise<void> {
  const page = await readFile(join(root, PAGE), 'utf8');
  const table = `\n${wordsOf(circumstances)}\n\n${markdownTable(rows)}\n\n`;
  await writeFile(
    join(root, PAGE),
    page.replace(TABLE, (_, from: string, to: string) => from + table + to),
  );
  await writeFile(join(root, 'docs/images/performance.svg'), plot(rows, circumstances));
}

async function serverWords(): Promise<string> {
  return onGround(async ({ client }) => {
    const info = await client.info('server');
    const [, name = 'redis'] = /^server_name:(\w+)/m.exec(info) ?? [];
    const [, version = ''] = /^(?:valkey|redis)_version:([\d.]+)/m.exec(info) ?? [];
    return `${name} ${version}`;
  });
}

// The server of a run is ended by the end of this process, which a bare signal would skip.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const chosen = understand(process.argv.slice(2));
if (chosen === 'help') process.stdout.write(HELP);
else if (chosen) await run(chosen);
