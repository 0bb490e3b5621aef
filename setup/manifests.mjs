// Makes and checks what other programs read: the chat apps' manifests and the policy file's JSON Schema.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import appManifest from '@microsoft/app-manifest';
import { policyJsonSchema } from '../src/policy/schema.ts';
import { slackManifest } from '../src/slack/manifest.ts';
import { colorIcon, outlineIcon } from './icons.mjs';
import { contentOfPng } from './png.mjs';
import { teamsPackage } from './teams-package.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const EXAMPLE_URL = 'https://latchkey.example.com';
const TEAMS_MANIFEST = 'manifests/teams/manifest.json';

/**
 * What is made, by path.
 * @returns {Record<string, string | Buffer>}
 */
export function madeFiles() {
  const slack = (/** @type {boolean} */ socketMode) =>
    json(slackManifest({ publicUrl: EXAMPLE_URL, socketMode }));
  return {
    'manifests/slack/manifest.http.json': slack(false),
    'manifests/slack/manifest.socket.json': slack(true),
    'manifests/teams/color.png': colorIcon(),
    'manifests/teams/outline.png': outlineIcon(),
    'manifests/policy.schema.json': json(policyJsonSchema()),
  };
}

/** @param {unknown} value */
function json(value) {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/**
 * Whether a committed file says the same as its source.
 * @param {string | Buffer} made
 * @param {Buffer} found
 */
export function agrees(made, found) {
  if (typeof made !== 'string') return contentOfPng(made).equals(contentOfPng(found));
  return JSON.stringify(JSON.parse(made)) === JSON.stringify(JSON.parse(found.toString('utf8')));
}

/**
 * What Microsoft's schema has to say against a Teams manifest; nothing when it is right. Works without a network.
 * @param {unknown} manifest
 * @returns {Promise<string[]>}
 */
export async function problemsOfTeams(manifest) {
  return appManifest.AppManifestUtils.validateAgainstSchema(
    /** @type {import('@microsoft/app-manifest').TeamsManifest} */ (manifest),
  );
}

/** @param {string[]} args */
async function main(args) {
  if (args[0] === '--teams') return writeTeamsPackage(args.slice(1));
  /** @type {string[]} */
  const problems = [];
  for (const [path, made] of Object.entries(madeFiles())) {
    const target = join(root, path);
    if (existsSync(target) && agrees(made, readFileSync(target))) continue;
    if (args.includes('--write')) {
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, made);
      console.log(`${path} written`);
    } else {
      problems.push(`${path} differs from its source: npm run manifests -- --write`);
    }
  }
  const teams = JSON.parse(readFileSync(join(root, TEAMS_MANIFEST), 'utf8'));
  for (const problem of await problemsOfTeams(teams)) problems.push(`${TEAMS_MANIFEST}: ${problem}`);
  for (const problem of problems) console.error(problem);
  if (problems.length === 0) console.log('The manifests agree with their sources and schemas.');
  return problems.length === 0 ? 0 : 1;
}

/** @param {string[]} args */
async function writeTeamsPackage([appId, publicUrl, target = 'latchkey-teams.zip']) {
  if (appId === undefined || publicUrl === undefined) {
    console.error(
      'Usage: npm run manifests -- --teams <app id, a GUID> <public https URL> [file.zip]. Nothing was written.',
    );
    return 2;
  }
  const template = JSON.parse(readFileSync(join(root, TEAMS_MANIFEST), 'utf8'));
  const { manifest, zip } = teamsPackage({ template, appId, publicUrl, icons: madeFiles() });
  const problems = await problemsOfTeams(manifest);
  if (!publicUrl.startsWith('https://')) problems.push('The public URL has to begin with https://.');
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) return 1;
  writeFileSync(target, zip);
  console.log(`${target} written: upload it in Teams (Apps → Manage your apps → Upload an app).`);
  return 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main(process.argv.slice(2));
