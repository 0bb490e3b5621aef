/** Everybody and everything of the simulated world, by id. All fictional. */
export const IDS = {
  app: '3f2c9b7e-1d2c-4b3a-9f10-00000000a9b1',
  bot: '3f2c9b7e-1d2c-4b3a-9f10-00000000b07a',
  northwind: '5c1a0f0e-7a11-4c0d-8e11-0000000c0de1',
  contoso: 'c0a7a50a-0b0b-4d0d-9e0e-00000000c057',
  fabrikam: 'fab71ca3-0b0b-4d0d-9e0e-00000000fab1',
  stranger: 'bad0bad0-0b0b-4d0d-9e0e-00000000bad0',
  dana: '9a1d0c3e-4b5f-4a6b-8c7d-00000000da7a',
  kim: '9a1d0c3e-4b5f-4a6b-8c7d-000000000c13',
  lee: '7e2b1f4d-3c2a-4d1e-9b8a-000000001ee0',
  max: '7e2b1f4d-3c2a-4d1e-9b8a-000000000d47',
  olga: '1d2e3f40-5a6b-4c7d-8e9f-0000000001ca',
  omar: '1d2e3f40-5a6b-4c7d-8e9f-0000000003a2',
  frida: '4f5e6d7c-5a6b-4c7d-8e9f-0000000f21da',
  mallory: '66666666-5a6b-4c7d-8e9f-000000000bad',
  azureTeam: 'a2a2a2a2-1111-4222-8333-00000000a2e0',
  adminAgents: 'ad31a6e7-1111-4222-8333-0000000a6e27',
  contosoSubscription: '11111111-aaaa-4bbb-8ccc-00000000c057',
  fabrikamSubscription: '22222222-aaaa-4bbb-8ccc-00000000fab1',
  reader: 'acdd72a7-3385-48ef-bd42-f606fba81ae7',
  contributor: 'b24988ac-6180-42a0-ab88-20f7382dd24c',
  vmContributor: '9980e02c-c2be-4d73-94e8-173b1dc7cf3c',
  rbacAdministrator: 'f58310d9-a9f6-439a-9e8d-f62e7b41a168',
} as const;

/** Slack's ids. */
export const SLACK = {
  team: 'T0NORTHWIND',
  foreignTeam: 'T0STRANGER',
  dana: 'U0DANA',
  kim: 'U0KIM',
  lee: 'U0LEE',
  max: 'U0MAX',
  mallory: 'U0MALLORY',
  general: 'C0GENERAL',
  leads: 'C0LEADS',
  ops: 'C0OPS',
} as const;

/** Teams' ids. */
export const TEAMS = {
  northwindTeam: '19:northwindroot@thread.tacv2',
  leads: '19:northwindleads@thread.tacv2',
  contosoTeam: '19:contosoroot@thread.tacv2',
  contosoApprovals: '19:contosoapprovals@thread.tacv2',
  fabrikamTeam: '19:fabrikamroot@thread.tacv2',
  fabrikamApprovals: '19:fabrikamapprovals@thread.tacv2',
} as const;

/** Secrets of the simulated world; worth nothing anywhere else. */
export const SECRETS = {
  app: 'simulated-app-secret-0f9e8d7c',
  bot: 'simulated-bot-secret-1a2b3c4d',
  slackSigning: 'simulated0signing0secret0a1b2c3d',
  slackBot: 'xoxb-simulated-northwind-bot',
  slackApp: 'xapp-simulated-northwind-app',
  link: 'simulated-link-secret-of-more-than-32-characters',
} as const;
