import type { AzureSandbox } from '../azure/azure.ts';
import { IDS, SECRETS } from './ids.ts';

const GRAPH_PERMISSIONS = [
  'User.Invite.All',
  'User.Read.All',
  'User.DeleteRestore.All',
  'GroupMember.Read.All',
  'Policy.Read.All',
];

/** Northwind with its staff, and two customers that have let the app in with a conditioned right to assign roles. */
export function seedAzure(azure: AzureSandbox): void {
  azure.addTenant({ id: IDS.northwind, name: 'Northwind Cloud', domain: 'northwind.example' });
  azure.addTenant({ id: IDS.contoso, name: 'Contoso Ltd', domain: 'contoso.example' });
  azure.addTenant({ id: IDS.fabrikam, name: 'Fabrikam Inc', domain: 'fabrikam.example' });
  azure.addApp({ clientId: IDS.app, homeTenant: IDS.northwind, name: 'Latchkey', secret: SECRETS.app });
  azure.addApp({ clientId: IDS.bot, homeTenant: IDS.northwind, name: 'Latchkey bot', secret: SECRETS.bot });
  azure.consent(IDS.northwind, IDS.bot);
  azure.consent(IDS.northwind, IDS.app, { graphPermissions: GRAPH_PERMISSIONS });
  seedStaff(azure);
  seedCustomer(azure, {
    tenantId: IDS.contoso,
    subscription: { id: IDS.contosoSubscription, name: 'Contoso Production' },
    resourceGroups: ['web', 'data'],
    people: [
      { id: IDS.olga, displayName: 'Olga Owner', mail: 'olga@contoso.example' },
      { id: IDS.omar, displayName: 'Omar Owner', mail: 'omar@contoso.example' },
    ],
  });
  seedCustomer(azure, {
    tenantId: IDS.fabrikam,
    subscription: { id: IDS.fabrikamSubscription, name: 'Fabrikam Main' },
    resourceGroups: ['erp'],
    people: [{ id: IDS.frida, displayName: 'Frida Owner', mail: 'frida@fabrikam.example' }],
  });
}

function seedStaff(azure: AzureSandbox): void {
  const staff = [
    { id: IDS.dana, displayName: 'Dana Example', mail: 'dana@northwind.example' },
    { id: IDS.kim, displayName: 'Kim Example', mail: 'kim@northwind.example' },
    { id: IDS.lee, displayName: 'Lee Lead', mail: 'lee@northwind.example' },
    { id: IDS.max, displayName: 'Max Lead', mail: 'max@northwind.example' },
  ];
  for (const person of staff) azure.addUser(IDS.northwind, person);
  azure.addGroup(IDS.northwind, {
    id: IDS.azureTeam,
    displayName: 'Azure team',
    members: [IDS.dana, IDS.kim],
  });
  azure.addGroup(IDS.northwind, { id: IDS.adminAgents, displayName: 'AdminAgents', members: [] });
}

interface CustomerSeed {
  tenantId: string;
  subscription: { id: string; name: string };
  resourceGroups: string[];
  people: Array<{ id: string; displayName: string; mail: string }>;
}

function seedCustomer(azure: AzureSandbox, seed: CustomerSeed): void {
  const { tenantId, subscription } = seed;
  azure.addSubscription(tenantId, subscription);
  for (const name of seed.resourceGroups) azure.addResourceGroup(subscription.id, name);
  for (const person of seed.people) azure.addUser(tenantId, person);
  const { objectId } = azure.consent(tenantId, IDS.app, { graphPermissions: GRAPH_PERMISSIONS });
  azure.assignRole({
    scope: `/subscriptions/${subscription.id}`,
    roleGuid: IDS.rbacAdministrator,
    principalId: objectId,
    principalType: 'ServicePrincipal',
    delegation: { roleGuids: [IDS.reader, IDS.contributor, IDS.vmContributor], principalTypes: ['User'] },
  });
}
