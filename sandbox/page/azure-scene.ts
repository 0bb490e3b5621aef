import type { AzureSandbox } from '../azure/azure.ts';
import type { DumpedAssignment, DumpedTenant, DumpedUser } from '../azure/dump.ts';
import type { AzureChange } from '../azure/state.ts';
import { IDS } from '../world/ids.ts';
import { CUSTOMERS } from './cast.ts';

/** What the right pane draws. Instants are epoch ms. */
export interface AzureScene {
  tenants: SceneTenant[];
  /** Newest first. */
  events: AzureChange[];
  /** The app's calls, newest first. */
  calls: Array<{
    at: number;
    api: string;
    method: string;
    path: string;
    status: number;
    tenantId: string | undefined;
  }>;
  tokensIssued: number;
}

/** A customer's tenant: guests (deleted ones too), and who has which role where. */
export interface SceneTenant {
  id: string;
  name: string;
  subscriptions: DumpedTenant['subscriptions'];
  guests: DumpedUser[];
  assignments: SceneAssignment[];
}

/** A role assignment; `endAt` is read from the marker in its description. */
export interface SceneAssignment extends Pick<
  DumpedAssignment,
  | 'name'
  | 'scope'
  | 'roleName'
  | 'principalName'
  | 'principalType'
  | 'description'
  | 'createdAt'
  | 'updatedAt'
> {
  isOurs: boolean;
  endAt: number | undefined;
}

const MOST_EVENTS = 40;
const MOST_CALLS = 40;

/** The scene of this moment; `events` are the changes seen so far, oldest first. */
export function azureScene(azure: AzureSandbox, events: readonly AzureChange[]): AzureScene {
  const dump = azure.dump();
  const mine = azure.requests.filter(({ token, api }) => api === 'login' || token?.clientId === IDS.app);
  return {
    tenants: CUSTOMERS.flatMap((id) => dump.tenants.filter((tenant) => tenant.id === id)).map(sceneTenant),
    events: events.slice(-MOST_EVENTS).reverse(),
    calls: mine
      .slice(-MOST_CALLS)
      .reverse()
      .map(({ at, api, method, path, status, token }) => ({
        at,
        api,
        method,
        path,
        status,
        tenantId: token?.tenantId,
      })),
    tokensIssued: azure.tokensIssued.filter(({ clientId }) => clientId === IDS.app).length,
  };
}

function sceneTenant(tenant: DumpedTenant): SceneTenant {
  const { id, name, subscriptions, guests, roleAssignments } = tenant;
  return { id, name, subscriptions, guests, assignments: roleAssignments.map(sceneAssignment) };
}

function sceneAssignment(assignment: DumpedAssignment): SceneAssignment {
  const { name, scope, roleName, principalName, principalType, description, createdAt, updatedAt } =
    assignment;
  return {
    name,
    scope,
    roleName,
    principalName,
    principalType,
    description,
    createdAt,
    updatedAt,
    isOurs: assignment.createdByClient === IDS.app,
    endAt: endOf(description),
  };
}

/** `latchkey/1 g=<grant id> e=<end, epoch s>`: what the app writes on everything it makes. */
export function endOf(description: string | null): number | undefined {
  const seconds = /^latchkey\/1 .*\be=(\d{9,11})\b/.exec(description ?? '')?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}
