import { createTeams } from '../../../sandbox/teams/teams.ts';
import type { TeamsOptions, TeamsSandbox } from '../../../sandbox/teams/teams.ts';

/** Ids of the seeded world. */
export const ids = {
  app: '3f2c9b7e-1d2c-4b3a-9f10-00000000b07a',
  host: '5c1a0f0e-7a11-4c0d-8e11-0000000c0de1',
  foreign: 'c0a7a50a-0b0b-4d0d-9e0e-00000000c057',
  dana: '9a1d0c3e-4b5f-4a6b-8c7d-00000000da7a',
  lee: '7e2b1f4d-3c2a-4d1e-9b8a-000000001ee0',
  gus: '2c2b1f4d-3c2a-4d1e-9b8a-000000000905',
  sam: '1d2e3f40-5a6b-4c7d-8e9f-00000000c5a0',
  team: '19:teamroot@thread.tacv2',
  leads: '19:leads@thread.tacv2',
  group: '19:group@thread.v2',
};

/** The token the connector takes in these tests. */
export const BOT_TOKEN = 'bot-token';

/** Dana, Lee and the guest Gus of the host tenant, and Sam of a foreign one, all in one team without the bot. */
export async function startNorthwind(options: Partial<TeamsOptions> = {}): Promise<TeamsSandbox> {
  const teams = await createTeams({
    appId: ids.app,
    acceptToken: (token) => token === BOT_TOKEN,
    ...options,
  });
  teams.addTenant({ id: ids.host, name: 'Northwind', targetedMessages: true });
  teams.addTenant({ id: ids.foreign, name: 'Contoso' });
  teams.addUser({ tenantId: ids.host, objectId: ids.dana, name: 'Dana Example', mri: '29:1dana' });
  teams.addUser({ tenantId: ids.host, objectId: ids.lee, name: 'Lee Approver', mri: '29:1lee' });
  teams.addUser({ tenantId: ids.host, objectId: ids.gus, name: 'Gus Guest', role: 'guest' });
  teams.addUser({ tenantId: ids.foreign, objectId: ids.sam, name: 'Sam Customer', mri: '29:1sam' });
  const members = [ids.dana, ids.lee, ids.gus, ids.sam];
  teams.addTeam({ tenantId: ids.host, id: ids.team, aadGroupId: ids.gus, name: 'Ops', members });
  teams.addChannel({ teamId: ids.team, id: ids.leads, name: 'leads' });
  teams.addGroupChat({ tenantId: ids.host, id: ids.group, members: [ids.dana, ids.lee], bot: 'installed' });
  return teams;
}

/** A card with an input, an `Action.Execute` with fallback, a dialog button and a refresh. */
export function requestCard(status: string): Record<string, unknown> {
  const data = { rid: 'AR-1' };
  const execute = (verb: string, title: string): Record<string, unknown> => ({
    type: 'Action.Execute',
    id: verb,
    title,
    verb,
    data,
    fallback: { type: 'Action.Submit', id: verb, title, data: { ...data, verb } },
  });
  const details = {
    type: 'Action.Submit',
    title: 'Details',
    data: { msteams: { type: 'task/fetch' }, ...data },
  };
  return {
    type: 'AdaptiveCard',
    version: '1.5',
    body: [
      { type: 'FactSet', facts: [{ title: 'Status', value: status }] },
      { type: 'Input.Text', id: 'comment', maxLength: 20 },
      { type: 'ActionSet', actions: [execute('approve', 'Approve'), execute('deny', 'Deny'), details] },
    ],
    refresh: { action: { type: 'Action.Execute', title: 'Refresh', verb: 'refresh', data } },
  };
}

/** A message activity with a card. */
export function cardMessage(card: Record<string, unknown>): Record<string, unknown> {
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content: card }],
  };
}
