import { IDS, SLACK, TEAMS } from './ids.ts';

/** The policy of the simulated Northwind, as an operator would write it. */
export const POLICY_TEXT = `# Northwind Cloud lends its engineers access to two customers.
partner: { tenant: ${IDS.northwind}, name: Northwind Cloud }

groups:
  azure-team: { entraGroup: ${IDS.azureTeam} }
  leads: { people: [${IDS.lee}, ${IDS.max}] }

places:
  leads:
    slack: { team: ${SLACK.team}, channel: ${SLACK.leads} }
    teams: { tenant: ${IDS.northwind}, team: "${TEAMS.northwindTeam}", channel: "${TEAMS.leads}" }
  ops: { slack: { team: ${SLACK.team}, channel: ${SLACK.ops} } }
  contoso:
    teams: { tenant: ${IDS.contoso}, team: "${TEAMS.contosoTeam}", channel: "${TEAMS.contosoApprovals}" }
  fabrikam:
    teams: { tenant: ${IDS.fabrikam}, team: "${TEAMS.fabrikamTeam}", channel: "${TEAMS.fabrikamApprovals}" }

operators: ops
agentGroups: [${IDS.adminAgents}]

people:
  - { oid: ${IDS.dana}, name: Dana Example, slack: [{ team: ${SLACK.team}, user: ${SLACK.dana} }] }
  - { oid: ${IDS.kim}, name: Kim Example, slack: [{ team: ${SLACK.team}, user: ${SLACK.kim} }] }
  - { oid: ${IDS.lee}, name: Lee Lead, slack: [{ team: ${SLACK.team}, user: ${SLACK.lee} }] }
  - { oid: ${IDS.max}, name: Max Lead, slack: [{ team: ${SLACK.team}, user: ${SLACK.max} }] }

roles:
  reader: { azureRole: ${IDS.reader}, max: 8h, default: 2h }
  contributor: { azureRole: ${IDS.contributor}, max: 4h, default: 2h }
  vm-contributor: { azureRole: ${IDS.vmContributor}, max: 4h, default: 1h }

customers:
  contoso:
    name: Contoso Ltd
    tenant: ${IDS.contoso}
    tags: [enterprise]
    place: contoso
    owners: { people: [${IDS.olga}, ${IDS.omar}] }
    scopes:
      default: /subscriptions/${IDS.contosoSubscription}
      web: /subscriptions/${IDS.contosoSubscription}/resourceGroups/web
  fabrikam:
    name: Fabrikam Inc
    tenant: ${IDS.fabrikam}
    tags: [regulated]
    place: fabrikam
    owners: { people: [${IDS.frida}] }
    scopes:
      default: /subscriptions/${IDS.fabrikamSubscription}

limits: { max: 8h, continuous: 12h, requestsPerHour: 30, warnBefore: 10m }

rules:
  - name: the customer decides, the leads look on
    customers: ["tag:enterprise"]
    roles: [reader, contributor, vm-contributor]
    requesters: [azure-team]
    approve:
      - { side: customer, from: owners, at: [place, leads], count: 1, within: 4h }
  - name: lead and customer decide
    customers: [fabrikam]
    roles: [reader, contributor]
    requesters: [azure-team]
    approve:
      - { side: partner, from: leads, at: leads, count: 1, within: 1h }
      - { side: customer, from: owners, at: place, count: 1, within: 4h }
`;
