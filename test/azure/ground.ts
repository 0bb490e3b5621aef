import type { Entitlement } from '../../src/access/entitlement.ts';
import type { Person, Profile } from '../../src/access/person.ts';
import { createAzure } from '../../src/azure/azure.ts';
import type { Azure, AzureTuning } from '../../src/azure/azure.ts';
import type { AzureConfig } from '../../src/azure/azure-config.ts';
import { createAzure as createSandbox } from '../../sandbox/azure/azure.ts';
import type { AzureRequest, AzureSandbox } from '../../sandbox/azure/azure.ts';
import { IDS, SECRETS } from '../../sandbox/world/ids.ts';
import { seedAzure } from '../../sandbox/world/seed-azure.ts';

export { IDS };

export const SUBSCRIPTION = `/subscriptions/${IDS.contosoSubscription}`;
export const WEB = `${SUBSCRIPTION}/resourceGroups/web`;

export const DANA: Person = { tenantId: IDS.northwind, objectId: IDS.dana };

export const PROFILE: Profile = {
  person: DANA,
  displayName: 'Dana Example',
  userPrincipalName: 'dana@northwind.example',
  mail: 'dana@northwind.example',
  accountEnabled: true,
  userType: 'Member',
};

/** A simulated cloud with the seeded world, and the room pointed at it. */
export interface Ground {
  sandbox: AzureSandbox;
  azure: Azure;
  /** The same room again, with other settings. */
  another(change?: Partial<AzureConfig>, tuning?: AzureTuning): Azure;
  /** Requests of one API, as `METHOD path`. */
  sent(api: AzureRequest['api'], method?: string): AzureRequest[];
  stop(): Promise<void>;
}

export async function createGround(tuning: AzureTuning = {}): Promise<Ground> {
  const sandbox = await createSandbox();
  seedAzure(sandbox);
  const rooms: Azure[] = [];
  const config: AzureConfig = {
    clientId: IDS.app,
    tenantId: IDS.northwind,
    credential: { kind: 'secret', secret: SECRETS.app },
    authorityHost: sandbox.url,
    armEndpoint: sandbox.url,
    armScope: 'https://management.azure.com/.default',
    graphEndpoint: sandbox.url,
    caPem: sandbox.caPem,
    bot: {
      clientId: IDS.bot,
      tenantId: IDS.northwind,
      credential: { kind: 'secret', secret: SECRETS.bot },
    },
  };
  const another = (change: Partial<AzureConfig> = {}, more: AzureTuning = {}) => {
    const room = createAzure({ ...config, ...change }, { ...tuning, ...more });
    rooms.push(room);
    return room;
  };
  return {
    sandbox,
    azure: another(),
    another,
    sent: (api, method) =>
      sandbox.requests.filter((request) => request.api === api && (!method || request.method === method)),
    stop: async () => {
      await Promise.all(rooms.map((room) => room.stop()));
      await sandbox.stop();
    },
  };
}

/** What is asked for in these tests, unless said otherwise. */
export function entitlement(change: Partial<Entitlement> = {}): Entitlement {
  return {
    kind: 'azureRole',
    tenantId: IDS.contoso,
    roleDefinitionId: IDS.contributor,
    scope: SUBSCRIPTION,
    ...change,
  };
}

/** The living role assignments of a tenant that are not the app's own. */
export function assignmentsIn(sandbox: AzureSandbox, tenantId: string = IDS.contoso) {
  const tenant = sandbox.dump().tenants.find(({ id }) => id === tenantId);
  return (tenant?.roleAssignments ?? []).filter(({ principalType }) => principalType === 'User');
}

/** Guests of a tenant; deleted ones carry `deletedAt`. */
export function guestsIn(sandbox: AzureSandbox, tenantId: string = IDS.contoso) {
  return sandbox.dump().tenants.find(({ id }) => id === tenantId)?.guests ?? [];
}

/** The error a promise is rejected with. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('nothing failed');
}
