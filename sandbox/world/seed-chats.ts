import type { SlackSandbox } from '../slack/slack.ts';
import type { TeamsSandbox } from '../teams/teams.ts';
import { IDS, SECRETS, SLACK, TEAMS } from './ids.ts';

/** Northwind's workspace, and a stranger from another one who shares the leads' channel. */
export function seedSlack(slack: SlackSandbox): void {
  const { team, foreignTeam } = SLACK;
  slack.addWorkspace({
    id: team,
    name: 'Northwind Cloud',
    domain: 'northwind',
    botToken: SECRETS.slackBot,
    appToken: SECRETS.slackApp,
    scopes: ['commands', 'chat:write', 'app_mentions:read'],
  });
  slack.addWorkspace({ id: foreignTeam, name: 'Stranger GmbH', domain: 'stranger' });
  slack.addUser({
    id: SLACK.dana,
    teamId: team,
    name: 'dana',
    realName: 'Dana Example',
    tz: 'Europe/London',
  });
  slack.addUser({ id: SLACK.kim, teamId: team, name: 'kim', realName: 'Kim Example' });
  slack.addUser({ id: SLACK.lee, teamId: team, name: 'lee', realName: 'Lee Lead' });
  slack.addUser({ id: SLACK.max, teamId: team, name: 'max', realName: 'Max Lead' });
  slack.addUser({ id: SLACK.mallory, teamId: foreignTeam, name: 'mallory', realName: 'Olga Owner' });
  const staff = [SLACK.dana, SLACK.kim, SLACK.lee, SLACK.max];
  slack.addChannel({ id: SLACK.general, teamId: team, name: 'general', members: staff });
  slack.addChannel({
    id: SLACK.leads,
    teamId: team,
    name: 'access-leads',
    members: [SLACK.lee, SLACK.max, SLACK.dana, SLACK.mallory],
    isExtShared: true,
    connectedTeamIds: [foreignTeam],
  });
  slack.addChannel({ id: SLACK.ops, teamId: team, name: 'access-ops', members: [SLACK.lee, SLACK.max] });
}

/** A team at Northwind and one at each customer; the bot is not installed yet. */
export function seedTeams(teams: TeamsSandbox): void {
  teams.addTenant({ id: IDS.northwind, name: 'Northwind Cloud', targetedMessages: true });
  teams.addTenant({ id: IDS.contoso, name: 'Contoso Ltd' });
  teams.addTenant({ id: IDS.fabrikam, name: 'Fabrikam Inc' });
  teams.addTenant({ id: IDS.stranger, name: 'Stranger GmbH' });
  const people: Array<[string, string, string]> = [
    [IDS.northwind, IDS.dana, 'Dana Example'],
    [IDS.northwind, IDS.kim, 'Kim Example'],
    [IDS.northwind, IDS.lee, 'Lee Lead'],
    [IDS.northwind, IDS.max, 'Max Lead'],
    [IDS.contoso, IDS.olga, 'Olga Owner'],
    [IDS.contoso, IDS.omar, 'Omar Owner'],
    [IDS.fabrikam, IDS.frida, 'Frida Owner'],
    [IDS.stranger, IDS.mallory, 'Mallory Stranger'],
  ];
  for (const [tenantId, objectId, name] of people) teams.addUser({ tenantId, objectId, name });
  const rooms: Array<{ tenantId: string; team: string; channel: string; name: string; members: string[] }> = [
    {
      tenantId: IDS.northwind,
      team: TEAMS.northwindTeam,
      channel: TEAMS.leads,
      name: 'Northwind Ops',
      members: [IDS.dana, IDS.kim, IDS.lee, IDS.max],
    },
    {
      tenantId: IDS.contoso,
      team: TEAMS.contosoTeam,
      channel: TEAMS.contosoApprovals,
      name: 'Contoso IT',
      members: [IDS.olga, IDS.omar, IDS.mallory],
    },
    {
      tenantId: IDS.fabrikam,
      team: TEAMS.fabrikamTeam,
      channel: TEAMS.fabrikamApprovals,
      name: 'Fabrikam IT',
      members: [IDS.frida],
    },
  ];
  for (const room of rooms) {
    const { tenantId, team, channel, name, members } = room;
    teams.addTeam({ tenantId, id: team, aadGroupId: tenantId, name, members });
    teams.addChannel({ teamId: team, id: channel, name: 'access-approvals' });
  }
}

/** Installs the bot in every team, and for Northwind's people personally, as an administrator would. */
export async function installEverywhere(teams: TeamsSandbox): Promise<void> {
  await teams.install({ team: TEAMS.northwindTeam, channel: TEAMS.leads });
  await teams.install({ team: TEAMS.contosoTeam, channel: TEAMS.contosoApprovals });
  await teams.install({ team: TEAMS.fabrikamTeam, channel: TEAMS.fabrikamApprovals });
  for (const person of [IDS.dana, IDS.kim, IDS.lee, IDS.max, IDS.olga, IDS.omar, IDS.frida]) {
    await teams.installPersonal(person);
  }
}
