import type { Clock, Directory, Entitlements, Guests, Ids, Log, PolicySource, Store } from './ports.ts';

/** What every service is handed. */
export interface AccessDeps {
  store: Store;
  directory: Directory;
  guests: Guests;
  entitlements: Entitlements;
  policySource: PolicySource;
  clock: Clock;
  ids: Ids;
  log: Log;
}
