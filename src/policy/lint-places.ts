import type { Place } from '../access/place.ts';
import { placeKey } from '../access/place.ts';
import { asList, placesIn } from './build-policy.ts';
import { customersOf } from './lint-rules.ts';
import { error } from './lint-catalogue.ts';
import { unknown } from './lint-references.ts';
import { placeUses } from './lint-people.ts';
import type { Finding, YamlPath } from './policy-problem.ts';
import type { PolicyFile } from './schema.ts';

/** A place by name, and whom it is shown things about; `''` stands for the house, which sees all customers. */
interface Use {
  name: string;
  path: YamlPath;
  about: readonly string[];
}

/** Places: known, not empty, and no channel where one customer could read about another. */
export function lintPlaces(file: PolicyFile): Finding[] {
  const found: Finding[] = [];
  for (const [name, entry] of Object.entries(file.places)) {
    if (placesIn(entry).length === 0)
      found.push(error(['places', name], 'is nowhere: give it slack or teams'));
  }
  const uses = usesOf(file);
  for (const { name, path } of uses) {
    if (!(name in file.places)) found.push(unknown(path, 'place', name, Object.keys(file.places)));
  }
  return [...found, ...sharedChannels(file, uses), ...foreignTenants(file, uses)];
}

function usesOf(file: PolicyFile): Use[] {
  const uses: Use[] = placeUses(file).map(({ name, path, user }) => ({ name, path, about: [user] }));
  for (const [index, rule] of file.rules.entries()) {
    const about = customersOf(file, rule);
    for (const [number, stage] of rule.approve.entries()) {
      const path: YamlPath = ['rules', index, 'approve', number, 'at'];
      for (const [position, name] of asList(stage.at).entries()) {
        if (name === 'place') continue;
        uses.push({ name, path: typeof stage.at === 'string' ? path : [...path, position], about });
      }
    }
  }
  return uses;
}

function channelsOf(file: PolicyFile, name: string): Place[] {
  const entry = Object.hasOwn(file.places, name) ? file.places[name] : undefined;
  return entry === undefined ? [] : placesIn(entry);
}

/** A customer's channel shows that customer's affairs only. */
function sharedChannels(file: PolicyFile, uses: readonly Use[]): Finding[] {
  const ownerOf = new Map<string, string>();
  const found: Finding[] = [];
  for (const { name, user, path } of placeUses(file)) {
    for (const place of user === '' ? [] : channelsOf(file, name)) {
      const owner = ownerOf.get(placeKey(place));
      if (owner === undefined) ownerOf.set(placeKey(place), user);
      else if (owner !== user) found.push(error(path, `"${name}" is a channel of ${owner} already`));
    }
  }
  const seen = new Set(
    placeUses(file).flatMap(({ user, path }) => (user === '' ? [] : [JSON.stringify(path)])),
  );
  for (const { name, path, about } of uses.filter((use) => !seen.has(JSON.stringify(use.path)))) {
    for (const place of channelsOf(file, name)) {
      const owner = ownerOf.get(placeKey(place));
      const others = about.filter((slug) => slug !== owner);
      if (owner === undefined || others.length === 0) continue;
      const who = others[0] === '' ? 'the operators' : others.slice(0, 3).join(', ');
      found.push(error(path, `"${name}" is a channel of ${owner}, which would read about ${who}`));
      break;
    }
  }
  return found;
}

/** A Teams channel lies in the partner's tenant, or in that of the one customer it is about. */
function foreignTenants(file: PolicyFile, uses: readonly Use[]): Finding[] {
  const partner = file.partner.tenant.toLowerCase();
  return uses.flatMap(({ name, path, about }) => {
    const [only, ...more] = about;
    const customer = more.length === 0 && only ? file.customers[only]?.tenant.toLowerCase() : undefined;
    const strange = channelsOf(file, name).some(
      (place) => place.platform === 'teams' && place.tenantId !== partner && place.tenantId !== customer,
    );
    if (!strange) return [];
    const message = `"${name}" is in the tenant of neither the partner nor the customer it is about`;
    return [error(path, message)];
  });
}
