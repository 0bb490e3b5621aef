import { z } from 'zod';
import { DURATION_EXAMPLE, parseDuration } from '../access/duration.ts';
import { InvalidCommand } from '../access/errors.ts';
import { checkName, lowerAscii } from '../access/names.ts';

const DURATION = /^(?:[1-9]\d{0,4}d)?(?:[1-9]\d{0,4}h)?(?:[1-9]\d{0,4}m)?$/;
const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const GUID = /^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$/;
const PERSON =
  /^(?:[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\/)?[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$/;

/** Most rules, customers, groups, … of one kind in a file. */
export const MAX_ENTRIES = 5_000;

const name = z.string().regex(NAME, { error: ({ input }) => nameProblem(String(input)) });
const names = z.union([name, z.array(name).min(1)]);
const guid = z.string().regex(GUID, { error: 'is not a GUID, like b24988ac-6180-42a0-ab88-20f7382dd24c' });
const duration = z
  .string({
    error: ({ input }) => (typeof input === 'number' ? `has no unit; write ${DURATION_EXAMPLE}` : undefined),
  })
  .regex(DURATION, { error: ({ input }) => durationProblem(String(input)), abort: true })
  .refine((text) => durationProblem(text) === undefined, {
    error: ({ input }) => durationProblem(String(input)),
  })
  .describe(`A duration: ${DURATION_EXAMPLE}.`);
const words = z.string().min(1).max(200);
const person = z
  .string()
  .regex(PERSON, { error: 'is not a person: an object id (GUID), or <tenant id>/<object id>' });

const slackTeam = z
  .string()
  .regex(/^[TE][A-Z0-9]{2,30}$/, { error: 'is not a Slack team id, like T0123ABCD' });
const slackUser = z
  .string()
  .regex(/^[UW][A-Z0-9]{2,30}$/, { error: 'is not a Slack user id, like U0123ABCD' });
const slackPlace = z.strictObject({
  team: slackTeam.describe('Workspace id.'),
  channel: z.string().regex(/^[CG][A-Z0-9]{2,30}$/, { error: 'is not a Slack channel id, like C0123ABCD' }),
});
const thread = z.string().regex(/^19:[A-Za-z0-9_.-]{1,160}@thread\.(?:tacv2|skype|v2)$/, {
  error: 'is not a Teams id, like 19:0f3a…@thread.tacv2',
});
const teamsPlace = z.strictObject({
  tenant: guid.describe('Tenant the team is in.'),
  team: thread.describe('Team id, the id of its General channel.'),
  channel: thread,
});

const listedPeople = z.array(person).min(1).describe('Object ids, or <tenant id>/<object id>.');
const group = z.strictObject({
  entraGroup: guid.optional().describe('Security group in the partner tenant, read at every decision.'),
  people: listedPeople.optional(),
});
const place = z.strictObject({ slack: slackPlace.optional(), teams: teamsPlace.optional() });
const role = z.strictObject({
  azureRole: guid.describe('Role definition id; built-in roles have the same one everywhere.'),
  max: duration,
  default: duration,
  summary: words.optional().describe('What the role allows, in your words; shown on cards.'),
});
const scope = z.string().describe('ARM id: subscription, resource group or resource.');
const customer = z.strictObject({
  name: words,
  tenant: guid,
  tags: z.array(name).optional(),
  place: names.describe('Where the customer is asked and told.'),
  owners: z
    .strictObject({ people: listedPeople })
    .describe('Who decides for the customer: people of its own tenant.'),
  scopes: z.record(name, scope).describe('`default` is meant when none is named.'),
  max: duration.optional(),
});
const stage = z.strictObject({
  side: z.enum(['partner', 'customer']),
  from: name.describe('A group, or `owners`: those of the customer.'),
  at: names.describe('Places, or `place`: those of the customer.'),
  count: z.int().min(1).max(20),
  within: duration,
});
const selector = z
  .string()
  .regex(/^(?:\*|(?:tag:)?[a-z0-9][a-z0-9._-]{0,63})$/, { error: 'is not a customer, tag:<tag> or *' });
const rule = z.strictObject({
  name: words,
  customers: z.array(selector).min(1),
  roles: z
    .array(z.string().regex(/^(?:\*|[a-z0-9][a-z0-9._-]{0,63})$/, { error: 'is not a role or *' }))
    .min(1),
  requesters: z.array(name).min(1).describe('Groups whose members may ask.'),
  max: duration.optional(),
  approve: z.array(stage).min(1).max(5).describe('Stages of approval, one after the other.'),
});
const account = z.strictObject({
  oid: guid.describe('Object id in the home tenant.'),
  tenant: guid.optional().describe('Home tenant; the partner when absent.'),
  name: words,
  slack: z.array(z.strictObject({ team: slackTeam, user: slackUser })).min(1),
});

/** The policy file as it is written. Shapes only; what makes sense is said by the lints. */
export const policySchema = z
  .strictObject({
    partner: z.strictObject({ tenant: guid, name: words }),
    groups: z.record(name, group),
    places: z.record(name, place),
    roles: z.record(name, role),
    customers: z.record(name, customer),
    rules: z.array(rule).max(MAX_ENTRIES).describe('First match wins; nothing matches: refused.'),
    people: z.array(account).max(MAX_ENTRIES).optional().describe('Slack accounts you vouch for.'),
    limits: z
      .strictObject({
        max: duration.optional().describe('No access is longer. Default 12h.'),
        continuous: duration.optional().describe('Unbroken access with extensions. Default 24h.'),
        requestsPerHour: z.int().min(1).max(1_000).optional().describe('Per person. Default 10.'),
        warnBefore: duration.optional().describe('Warning before the end. Default 10m.'),
      })
      .optional(),
    operators: names.optional().describe('Where operators hear of access that is stuck.'),
    agentGroups: z
      .array(guid)
      .optional()
      .describe('AdminAgents and HelpdeskAgents: never invited as guests.'),
  })
  .describe('Who may borrow which access from whom, and who decides: the policy of Latchkey.');

/** A policy file of the right shape. */
export type PolicyFile = z.infer<typeof policySchema>;

/** The schema for editors (JSON Schema 2020-12), as kept in `manifests/policy.schema.json`. */
export function policyJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(policySchema, { io: 'input' });
  return { ...schema, title: 'Latchkey policy' };
}

function nameProblem(text: string): string {
  try {
    checkName(text, 'name');
  } catch (error) {
    if (error instanceof InvalidCommand) return error.message;
    throw error;
  }
  return `"${text}" has capital letters; write ${lowerAscii(text)}`;
}

function durationProblem(text: string): string | undefined {
  try {
    parseDuration(text);
    return undefined;
  } catch (error) {
    if (error instanceof InvalidCommand) return `${error.message} ${error.hint}`;
    throw error;
  }
}
