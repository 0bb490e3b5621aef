import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join, relative, resolve } from 'node:path';
import { parseCommand } from '../../src/access/command.ts';
import { runCli } from '../../src/cli.ts';
import type { Variable } from '../../src/config-variables.ts';
import { VARIABLES } from '../../src/config-variables.ts';
import { checkPolicy } from '../../src/policy/read-policy.ts';
import { slackManifest } from '../../src/slack/manifest.ts';
import { createGround, DANA, IDS, PROFILE } from '../azure/ground.ts';
import type { Ground } from '../azure/ground.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const PAGES = [
  'README.md',
  'CHANGELOG.md',
  'SECURITY.md',
  ...readdirSync(join(root, 'docs')).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
];
const README = read('README.md');
const SCRIPTS = (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts;
const PREFIXES = /^(?:AZURE|ARM|GRAPH|SLACK|TEAMS|REDIS|LATCHKEY|LINK|POLICY|NODE|DATA|LOG|PUBLIC|METRICS)_/;

/** Every table row below the header, as its cells. `\|` is a bar inside a cell. */
function rowsOf(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| -+ /.test(line))
    .map((line) => line.split(/(?<!\\)\|/).slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim().replaceAll('\\|', '|')));
}

/** What stands between back quotes, or in a code block, one line each. */
function codeOf(text: string): string[] {
  const blocks = [...text.matchAll(/^ *```(\w*)\n([\s\S]*?)^ *```/gm)].flatMap(([, , code = '']) =>
    code.split('\n'),
  );
  const spans = [...text.replaceAll(/^ *```[\s\S]*?^ *```/gm, '').matchAll(/`([^`\n]+)`/g)];
  return [...blocks, ...spans.map(([, code = '']) => code)].map((line) => line.trim());
}

/** The anchors GitHub gives to the headings of a page. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function linksOf(text: string): Array<{ alt: string | undefined; target: string }> {
  const found = text.replaceAll(/^ *```[\s\S]*?^ *```/gm, '').matchAll(/(!)?\[([^\]]*)\]\(([^)\s]+)\)/g);
  return [...found].map(([, bang, label = '', target = '']) => ({ alt: bang && label, target }));
}

/** What a command of the command line says about itself. */
async function helpOf(...words: string[]): Promise<string> {
  const said: string[] = [];
  const say = (line: string): void => void said.push(line);
  const never = (): never => {
    throw new Error('help starts nothing');
  };
  await runCli([...words, '--help'], {
    env: {},
    out: say,
    err: say,
    serve: never,
    checksFor: never,
    openRecords: never,
  });
  return said.join('\n');
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('the configuration table', () => {
  const rows = rowsOf(README.slice(README.indexOf('## Configuration')));

  it('says of every variable what the code says, in the same order', () => {
    const wanted = Object.entries<Variable>(VARIABLES).map(([name, { about, fallback }]) => [
      `\`${name}\``,
      about,
      fallback === undefined ? '' : `\`${fallback}\``,
    ]);
    expect(rows.filter(([name]) => name !== 'variable')).toEqual(wanted);
  });

  it.each(PAGES)('%s names no variable that does not exist', (page) => {
    const named = codeOf(read(page)).flatMap(
      (code) => code.match(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g) ?? [],
    );
    const unknown = named.filter((name) => PREFIXES.test(name) && !(name in VARIABLES));
    expect(unknown).toEqual([]);
  });
});

describe('the table of commands', () => {
  const typed = PAGES.flatMap((page) =>
    codeOf(read(page)).filter((code) => /^\/access(?: [^<…]|$)/.test(code)),
  )
    // In a running sentence a word alone stands for the command, and its id goes without saying.
    .filter(
      (code) =>
        !/^\/access (?:who|show|cancel|extend|finish|revoke|roles)$/.test(code) && !code.includes('AR-…'),
    );
  const inTable = rowsOf(README.slice(README.indexOf('## What people type')))
    .flatMap(([cell = '']) => /^`(\/access[^`]*)`$/.exec(cell)?.[1] ?? [])
    .map((text) => parseCommand(text).kind);

  it('has every command there is', () => {
    const all = [
      'form',
      'ask',
      'roles',
      'mine',
      'who',
      'stuck',
      'slo',
      'show',
      'cancel',
      'extend',
      'finish',
      'revoke',
      'help',
    ];
    expect(new Set(inTable)).toEqual(new Set(all));
  });

  it.each([...new Set(typed)])('%s can be typed', (text) => {
    expect(parseCommand(text).kind).not.toBe('');
  });
});

describe('commands for a terminal', () => {
  const lines = PAGES.flatMap((page) => codeOf(read(page)));

  it('are scripts of package.json', () => {
    const named = lines.flatMap((line) =>
      [...line.matchAll(/\bnpm (?:run (?:--silent )?([a-z]+)|(start|test))\b/g)].map(
        ([, run, short]) => run ?? short ?? '',
      ),
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !(name in SCRIPTS))).toEqual([]);
  });

  it('are commands and options that latchkey has', async () => {
    const uses = lines
      .flatMap((line) => [
        ...line.matchAll(
          /(?:^|-- |\bcli\.js |\blatchkey )((?:serve|check|explain|doctor|stuck|slo)\b[^>#]*)/g,
        ),
      ])
      .map(([, words = '']) => words.split(/\s+/));
    expect(uses.length).toBeGreaterThan(5);
    for (const [command = '', ...rest] of uses) {
      const help = await helpOf(command);
      expect(help).toContain(`latchkey ${command}`);
      for (const option of rest.filter((word) => /^--[a-z]/.test(word))) expect(help).toContain(option);
    }
  });

  it('name no command that latchkey lacks', async () => {
    const help = await helpOf();
    const named = lines.flatMap(
      (line) => /(?:npm run (?:--silent )?latchkey -- |^latchkey )([a-z]+)/.exec(line)?.[1] ?? [],
    );
    expect(new Set(named)).toEqual(new Set(['check', 'explain', 'doctor', 'serve', 'stuck', 'slo']));
    for (const name of new Set(named)) expect(help).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'));
  });
});

describe('the policy in the docs', () => {
  const [, example = ''] = /```yaml\n(# yaml-language-server[\s\S]*?)```/.exec(read('docs/policy.md')) ?? [];

  it('is a policy without problems', () => {
    expect(checkPolicy(example, { sha256 })).toMatchObject({ problems: [], policy: { rules: [{}, {}] } });
  });

  it('shows every part of a policy file, and explains it', () => {
    const { properties } = JSON.parse(read('manifests/policy.schema.json')) as { properties: object };
    for (const part of Object.keys(properties)) {
      expect(example).toMatch(new RegExp(`^${part}:`, 'm'));
      expect(anchorsOf(read('docs/policy.md'))).toContain(part.toLowerCase());
    }
  });

  it('is checked and explained as the page says', async () => {
    const said: string[] = [];
    const say = (line: string): void => void said.push(line);
    const words = ['explain', 'Lena Lead', 'contoso', 'contributor', '2h', '--in', 'azure-team'];
    const file = join(root, 'policy.example.yaml');
    const idle = {
      serve: async () => undefined,
      checksFor: async () => [],
      openRecords: () => Promise.reject(new Error('explain opens no records')),
    };
    const code = await runCli([...words, '--file', file], { env: {}, out: say, err: say, ...idle });
    expect(code).toBe(0);
    expect(read('docs/policy.md')).toContain(`${said.join('\n')}\n`);
  });
});

describe('the page about Azure', () => {
  const page = read('docs/connect-azure.md');
  const rows = rowsOf(page.slice(page.indexOf('| permission'), page.indexOf('Put what customers')));
  const neededBy = (whom: 'you' | 'customers'): string[] =>
    rows.flatMap(([name = '', where = '']) => (where.includes(whom) ? [name.replaceAll('`', '')] : []));
  let ground: Ground;

  beforeEach(async () => {
    ground = await createGround();
  });

  afterEach(() => ground.stop());

  it('names permissions that suffice', async () => {
    const { sandbox, azure } = ground;
    sandbox.consent(IDS.northwind, IDS.app, { graphPermissions: neededBy('you') });
    sandbox.consent(IDS.contoso, IDS.app, { graphPermissions: neededBy('customers') });
    const ask = { tenantId: IDS.contoso, profile: PROFILE };

    expect(await azure.directory.findProfile(DANA)).toMatchObject({ displayName: 'Dana Example' });
    expect(await azure.directory.memberOf(DANA, [IDS.azureTeam])).toEqual([IDS.azureTeam]);
    expect(await azure.guests.find(ask)).toBeUndefined();
    const { objectId } = await azure.guests.invite(ask);
    await azure.guests.remove({ tenantId: IDS.contoso, objectId });
    expect(await azure.guests.exists({ tenantId: IDS.contoso, objectId })).toBe(false);
    for (const tenantId of [IDS.northwind, IDS.contoso]) {
      expect((await azure.probe(tenantId, [])).missingPermissions).toEqual([]);
    }
  });

  it.each([
    ...neededBy('you').map((permission) => ({ permission, whom: 'you', tenantId: IDS.northwind }) as const),
    ...neededBy('customers').map(
      (permission) => ({ permission, whom: 'customers', tenantId: IDS.contoso }) as const,
    ),
  ])('names none too many: without $permission, $whom hear of it', async ({ permission, whom, tenantId }) => {
    const others = neededBy(whom).filter((name) => name !== permission);
    ground.sandbox.consent(tenantId, IDS.app, { graphPermissions: others });
    const scopes = whom === 'customers' ? [`/subscriptions/${IDS.contosoSubscription}`] : [];
    expect((await ground.azure.probe(tenantId, scopes)).missingPermissions).toEqual([permission]);
  });

  it('puts on the registration what customers consent to, and grants the rest at home', () => {
    const [, registered = ''] = /for permission in ([^;]+); do\n[^]*?permission add/.exec(page) ?? [];
    const [, granted = ''] = /for permission in ([^;]+); do\n[^;]*?\n {2}az rest/.exec(page) ?? [];
    expect(registered.split(' ').sort()).toEqual(neededBy('customers').sort());
    expect(granted.split(' ').sort()).toEqual(neededBy('you').sort());
  });
});

describe('the page about Slack', () => {
  it('gives a reason for every scope, and for no other', () => {
    const { oauth_config: oauth } = slackManifest({ publicUrl: 'https://a.example', socketMode: true });
    const page = read('docs/connect-slack.md');
    const listed = rowsOf(page.slice(page.indexOf('| scope'), page.indexOf("It can't read")));
    expect(listed.slice(1).map(([name = '']) => name.replaceAll('`', ''))).toEqual(oauth?.scopes?.bot);
  });
});

describe('links', () => {
  it.each(PAGES)('%s links only to what is there', (page) => {
    const missing = linksOf(read(page))
      .filter(({ target }) => !/^(?:https?|mailto):/.test(target))
      .filter(({ target }) => {
        const [path = '', anchor] = target.split('#');
        const file = path === '' ? page : relative(root, join(root, dirname(page), path));
        if (!existsSync(join(root, file))) return true;
        return anchor !== undefined && !anchorsOf(read(file)).includes(anchor);
      });
    expect(missing).toEqual([]);
  });

  it.each(PAGES)('%s says in words what each picture shows', (page) => {
    const silent = linksOf(read(page)).filter(({ alt }) => alt !== undefined && alt.length < 20);
    expect(silent).toEqual([]);
  });

  it('README has a diagram and names every page of the docs', () => {
    const targets = linksOf(README).map(({ target }) => target.split('#')[0]);
    expect(README).toContain('```mermaid');
    expect(targets).toEqual(expect.arrayContaining(PAGES.filter((page) => page !== 'README.md')));
  });
});
