import { IDS, SLACK, TEAMS } from '../world/ids.ts';

/** Somebody the reader can be. `id` is a Slack user id, or an Entra object id in Teams. */
export interface Role {
  id: string;
  name: string;
  /** What they are in the story, in two or three words. */
  part: string;
}

/** The people of the left pane. The first one is who a newcomer begins as. */
export const SLACK_CAST: readonly Role[] = [
  { id: SLACK.dana, name: 'Dana', part: 'engineer at Northwind' },
  { id: SLACK.kim, name: 'Kim', part: 'engineer at Northwind' },
  { id: SLACK.lee, name: 'Lee', part: 'lead at Northwind' },
];

/** The people of the middle pane. The first one is who a newcomer begins as. */
export const TEAMS_CAST: readonly Role[] = [
  { id: IDS.olga, name: 'Olga', part: 'owner at Contoso' },
  { id: IDS.omar, name: 'Omar', part: 'owner at Contoso' },
  { id: IDS.frida, name: 'Frida', part: 'owner at Fabrikam' },
  { id: IDS.dana, name: 'Dana', part: 'engineer at Northwind' },
  { id: IDS.lee, name: 'Lee', part: 'lead at Northwind' },
];

/** Where each person of the left pane begins. */
export const SLACK_HOME: Readonly<Record<string, string>> = {
  [SLACK.dana]: SLACK.general,
  [SLACK.kim]: SLACK.general,
  [SLACK.lee]: SLACK.leads,
};

/** Tenants the right pane shows. */
export const CUSTOMERS: readonly string[] = [IDS.contoso, IDS.fabrikam];

/** Channels that hold only cards; the rest of a team is left out of the middle pane. */
export const TEAMS_CHANNELS: readonly string[] = [
  TEAMS.contosoApprovals,
  TEAMS.fabrikamApprovals,
  TEAMS.leads,
];
