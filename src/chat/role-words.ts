/** What a role allows, for people who have never read a role definition. */
export interface RoleWords {
  /** Azure's own title, where the role is a well-known one. */
  title?: string;
  /** What it can and cannot do, as one or two sentences. */
  can: string;
  /** `privileged` roles can hand out access, to themselves as well. */
  weight: 'plain' | 'privileged';
}

type Entry = readonly [title: string, can: string];

/**
 * Azure built-in roles by definition id, which is the same in every tenant.
 * Source: https://learn.microsoft.com/en-us/azure/role-based-access-control/built-in-roles
 */
const WELL_KNOWN: Readonly<Record<string, Entry>> = {
  'acdd72a7-3385-48ef-bd42-f606fba81ae7': ['Reader', 'Sees every resource. Cannot change anything.'],
  'b24988ac-6180-42a0-ab88-20f7382dd24c': [
    'Contributor',
    'Creates, changes and deletes every kind of resource. Cannot give access to others.',
  ],
  '9980e02c-c2be-4d73-94e8-173b1dc7cf3c': [
    'Virtual Machine Contributor',
    'Creates, changes, starts, stops and deletes virtual machines. Cannot sign in to them or change their networks.',
  ],
  '1c0163c0-47e6-4577-8991-ea5c82e286e4': [
    'Virtual Machine Administrator Login',
    'Signs in to virtual machines as administrator. Cannot change the Azure resources.',
  ],
  'fb879df8-f326-4884-b1cf-06f3ad86be52': [
    'Virtual Machine User Login',
    'Signs in to virtual machines as an ordinary user. Cannot change the Azure resources.',
  ],
  '5e467623-bb1f-42f4-a55d-6e525e11384b': [
    'Backup Contributor',
    'Manages backups: runs, restores, changes and deletes them. Cannot create vaults or give access to others.',
  ],
  '00c29273-979b-4161-815c-10b084fb9324': [
    'Backup Operator',
    'Runs and restores backups. Cannot remove backups, create vaults or give access to others.',
  ],
  'a795c7a0-d4a2-40c1-ae25-d81f01202912': [
    'Backup Reader',
    'Sees backups. Cannot run, restore or change them.',
  ],
  '4d97b98b-1d4f-4787-a291-c67834d212e7': [
    'Network Contributor',
    'Creates, changes and deletes networks, addresses and firewalls. Cannot give access to others.',
  ],
  'befefa01-2a29-4197-83a8-272ff33ce314': [
    'DNS Zone Contributor',
    'Changes DNS zones and records. Cannot give access to others.',
  ],
  '17d1049b-9a84-46fb-8f53-869881c3d3ab': [
    'Storage Account Contributor',
    'Manages storage accounts and reads their keys, which open all their data. Cannot give access to others.',
  ],
  '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1': [
    'Storage Blob Data Reader',
    'Reads files in storage containers. Cannot change or delete them.',
  ],
  'ba92f5b4-2d11-453d-a403-e96b0029c9fe': [
    'Storage Blob Data Contributor',
    'Reads, writes and deletes files in storage containers. Cannot change the storage account.',
  ],
  'de139f84-1756-47ae-9be6-808fbbe84772': [
    'Website Contributor',
    'Manages web apps. Cannot manage the plans they run on or give access to others.',
  ],
  '9b7fa17d-e63e-47b0-bb0a-15c516ac86ec': [
    'SQL DB Contributor',
    'Manages SQL databases. Cannot read the data in them or change their security rules.',
  ],
  '6d8ee4ec-f05a-4a1d-8b00-a9b17e38b437': [
    'SQL Server Contributor',
    'Manages SQL servers and databases. Cannot read the data in them or change their security rules.',
  ],
  '21090545-7ca7-4776-b22c-e363652d74d2': [
    'Key Vault Reader',
    'Sees key vaults and the names in them. Cannot read secrets.',
  ],
  '4633458b-17de-408a-b874-0445c86b69e6': [
    'Key Vault Secrets User',
    'Reads the secrets in key vaults. Cannot change them.',
  ],
  'f25e0fa2-a7c8-4377-a976-54943a77a395': [
    'Key Vault Contributor',
    'Manages key vaults. Cannot read what is in them, unless the vault uses access policies, which it can change.',
  ],
  '43d0d8ad-25c7-4714-9337-8ba259a9fe05': [
    'Monitoring Reader',
    'Sees metrics, alerts and logs. Cannot change anything.',
  ],
  '749f88d5-cbae-40b8-bcfc-e573ddc772fa': [
    'Monitoring Contributor',
    'Sees metrics and logs, and changes alerts and monitoring settings. Cannot change other resources.',
  ],
  '73c42c96-874c-492b-b04d-ab87d138a893': [
    'Log Analytics Reader',
    'Searches all logs and sees monitoring settings. Cannot change anything.',
  ],
  '72fafb9e-0641-4937-9268-a91bfd8191a3': [
    'Cost Management Reader',
    'Sees costs and budgets. Cannot change anything.',
  ],
  'cfd33db0-3dd1-45e3-aa9d-cdbdf3b6f24e': [
    'Support Request Contributor',
    'Opens and manages support requests. Cannot change resources.',
  ],
  '39bc4728-0917-49c7-9d2c-d95423bc2eb4': [
    'Security Reader',
    'Sees security findings. Cannot change anything.',
  ],
  'fb1c8493-542b-48eb-b624-b4c8fea62acd': [
    'Security Admin',
    'Sees security findings, changes security policies and dismisses alerts. Cannot change other resources.',
  ],
};

const PRIVILEGED: Readonly<Record<string, Entry>> = {
  '8e3af657-a8ff-443c-a75c-2fe8c4bcb635': ['Owner', 'Does everything, and can give access to anyone.'],
  '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9': [
    'User Access Administrator',
    'Can give any access to anyone, also to itself.',
  ],
  'f58310d9-a9f6-439a-9e8d-f62e7b41a168': [
    'Role Based Access Control Administrator',
    'Can give roles to anyone, also to itself.',
  ],
};

/**
 * A role in plain words: well-known roles by their id, others in the operator's own words.
 *
 * @param role `roleDefinitionId`: GUID in any case; `summary`: the policy's words for it
 */
export function roleWords(role: { roleDefinitionId: string; summary?: string | undefined }): RoleWords {
  const id = role.roleDefinitionId.toLowerCase();
  const privileged = PRIVILEGED[id];
  if (privileged) return { title: privileged[0], can: privileged[1], weight: 'privileged' };
  const known = WELL_KNOWN[id];
  if (known) return { title: known[0], can: known[1], weight: 'plain' };
  return {
    can:
      role.summary ?? `Azure role ${id}; the policy does not describe it, so look it up before you decide.`,
    weight: 'plain',
  };
}
