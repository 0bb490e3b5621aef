import { Refused } from '../access/errors.ts';
import type { Person } from '../access/person.ts';
import type { Policy } from '../access/policy.ts';
import type { Directory, PolicySource } from '../access/ports.ts';
import type { Actor } from './card.ts';

/**
 * The Person behind a chat account, looked up anew each time.
 *
 * @throws {Refused} `unlinked`, `accountDisabled` or `guestAccount`
 * @throws {Unavailable} when the directory does not answer
 */
export type ResolvePerson = (actor: Actor) => Promise<Person>;

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Teams accounts are their Entra ids, which the platform vouches for; Slack accounts are who the policy says. Names and
 * addresses never count.
 */
export function createResolvePerson(deps: {
  policySource: PolicySource;
  directory: Directory;
}): ResolvePerson {
  return async (actor) => {
    const policy = deps.policySource.current();
    const person = actor.platform === 'slack' ? findLinked(policy, actor) : findTeamsPerson(actor);
    if (!person || !isOurs(policy, person)) {
      throw new Refused('unlinked', 'This chat account belongs to nobody the policy knows.');
    }
    const profile = await deps.directory.findProfile(person);
    if (!profile?.accountEnabled) throw new Refused('accountDisabled', 'This account is blocked or gone.');
    if (profile.userType !== 'Member')
      throw new Refused('guestAccount', 'Guest accounts ask and decide nothing.');
    return person;
  };
}

function findTeamsPerson(actor: Extract<Actor, { platform: 'teams' }>): Person | undefined {
  const person = { tenantId: actor.tenantId.toLowerCase(), objectId: actor.objectId.toLowerCase() };
  return GUID.test(person.tenantId) && GUID.test(person.objectId) ? person : undefined;
}

/** Exactly one entry of the policy, or nobody: an account that two people claim is nobody's. */
function findLinked(policy: Policy, actor: Extract<Actor, { platform: 'slack' }>): Person | undefined {
  const found = policy.people.filter((account) =>
    account.slack.some(({ teamId, userId }) => teamId === actor.teamId && userId === actor.userId),
  );
  return found.length === 1 ? found[0]?.person : undefined;
}

function isOurs(policy: Policy, { tenantId }: Person): boolean {
  return (
    tenantId === policy.partner.tenantId ||
    [...policy.customers.values()].some((customer) => customer.tenantId === tenantId)
  );
}
