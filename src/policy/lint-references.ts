import { nearest } from '../access/names.ts';
import { error } from './lint-catalogue.ts';
import type { Finding, YamlPath } from './policy-problem.ts';
import type { PolicyFile } from './schema.ts';

/** Names in rules that stand for nothing. */
export function lintReferences(file: PolicyFile): Finding[] {
  const roles = Object.keys(file.roles);
  const groups = Object.keys(file.groups);
  return file.rules.flatMap((rule, index) => [
    ...lintCustomers(file, rule.customers, index),
    ...rule.roles.flatMap((name, at) =>
      name === '*' || roles.includes(name)
        ? []
        : [unknown(['rules', index, 'roles', at], 'role', name, roles)],
    ),
    ...rule.requesters.flatMap((name, at) =>
      groups.includes(name) ? [] : [unknown(['rules', index, 'requesters', at], 'group', name, groups)],
    ),
    ...rule.approve.flatMap(({ from }, at) =>
      from === 'owners' || groups.includes(from)
        ? []
        : [unknown(['rules', index, 'approve', at, 'from'], 'group', from, [...groups, 'owners'])],
    ),
  ]);
}

function lintCustomers(file: PolicyFile, selectors: readonly string[], index: number): Finding[] {
  const slugs = Object.keys(file.customers);
  const tags = Object.values(file.customers).flatMap((customer) => customer.tags ?? []);
  return selectors.flatMap((selector, at) => {
    const path: YamlPath = ['rules', index, 'customers', at];
    if (selector === '*') return [];
    if (!selector.startsWith('tag:')) {
      return slugs.includes(selector) ? [] : [unknown(path, 'customer', selector, slugs)];
    }
    const tag = selector.slice(4);
    return tags.includes(tag) ? [] : [unknown(path, 'customer with the tag', tag, tags)];
  });
}

/** Something is named that the file does not have. */
export function unknown(path: YamlPath, what: string, name: string, known: readonly string[]): Finding {
  const near = nearest(name, known);
  const hint = near.length > 0 ? `; did you mean ${near.join(' or ')}?` : '';
  return error(path, `there is no ${what} "${name}"${hint}`);
}
