import type { World } from '../../sandbox/world/world.ts';
import { IDS } from '../../sandbox/world/ids.ts';

/** Watches the simulated Azure for what the app makes, and for what it does to things that are not its own. */
export interface AzureWatch {
  /** Ids of everything the app has ever made, gone or not. */
  made: ReadonlySet<string>;
  /** Everything in every tenant that the app did not make. */
  foreign(): unknown;
  /** Deletions that reached something the app had not made, as `DELETE path`. */
  trespasses(): string[];
  stop(): void;
}

/** Starts watching; what exists already and was not made by the app counts as foreign. */
export function watchAzure({ azure }: World): AzureWatch {
  const made = new Set<string>();
  const note = () => {
    for (const { id } of azure.leftBehind(IDS.app)) made.add(id);
  };
  note();
  const stop = azure.onChange(note);
  return {
    made,
    foreign: () =>
      azure.dump().tenants.map(({ id, users, roleAssignments, directoryRoles, groups }) => ({
        id,
        users: users.filter((user) => user.createdByClient !== IDS.app),
        roleAssignments: roleAssignments.filter((each) => each.createdByClient !== IDS.app),
        directoryRoles,
        groups,
      })),
    trespasses: () =>
      azure.requests
        .filter(({ method, status }) => method === 'DELETE' && status >= 200 && status < 300)
        // An assignment that is not there is answered 204: nothing was reached.
        .filter(({ status, api }) => !(api === 'arm' && status === 204))
        .filter(({ path }) => !made.has(path.split('/').at(-1)?.toLowerCase() ?? ''))
        .map(({ path }) => `DELETE ${path}`),
    stop,
  };
}
