import { Misconfigured, Unavailable } from '../access/errors.ts';
import type { Profile } from '../access/person.ts';
import type { FoundGuest, Guests } from '../access/ports.ts';
import { isNotFound, refuse, translated } from './errors.ts';
import { AzureFault } from './fault.ts';
import type { Graph } from './graph.ts';
import { findUser, GUEST_SUFFIX, isDeleted, lookUpGuest } from './guest-lookup.ts';
import type { GuestAsk } from './guest-lookup.ts';
import { demandGuid, isGuid } from './scope.ts';

interface GuestDeps {
  graph: Graph;
  /** Where a new guest lands, without a trailing slash. */
  portalUrl: string;
  monotonicMs(): number;
}

/** An invited guest may stay unknown to reads for so long. Ms. */
const SETTLING_MS = 10 * 60_000;
const SETTLING_RETRY_MS = 5_000;
/** Display names hold 256 characters at most. */
const LONGEST_NAME = 200;

/** When we invited whom, to tell "not there yet" from "gone". Object id → monotonic ms. */
type Invited = Map<string, number>;

export function createGuests(deps: GuestDeps): Guests {
  const invited: Invited = new Map();
  return {
    find: (ask) => find(deps, ask),
    invite: (ask) => invite(deps, invited, ask),
    remove: (ask) => remove(deps, invited, ask),
    exists: ({ tenantId, objectId }) =>
      translated(
        { direction: 'read', doing: 'read the guest account', needs: 'User.Read.All' },
        async () => (await findUser(deps.graph, tenantId, objectId)) !== undefined,
      ),
  };
}

async function find(deps: GuestDeps, ask: GuestAsk): Promise<FoundGuest | undefined> {
  const found = await translated(
    { direction: 'read', doing: 'look for the guest account', needs: 'User.Read.All' },
    () => lookUpGuest(deps.graph, ask),
  );
  if (found.kind === 'blocked') throw refuse(found.obstacle);
  return found.kind === 'found' ? found.guest : undefined;
}

async function invite(
  deps: GuestDeps,
  invited: Invited,
  { tenantId, profile }: { tenantId: string; profile: Profile },
): Promise<{ objectId: string; redeemUrl: string }> {
  const { mail } = profile;
  if (!mail) {
    throw refuse({
      code: 'noMail',
      message: `${profile.displayName} has no mail address, so no guest was invited.`,
      remedy: 'Give the account a mail address in its own tenant.',
    });
  }
  const body = {
    invitedUserEmailAddress: mail,
    invitedUserDisplayName: `${profile.displayName.slice(0, LONGEST_NAME)}${GUEST_SUFFIX}`,
    inviteRedirectUrl: `${deps.portalUrl}/${demandGuid(tenantId, 'tenant id')}`,
    invitedUserType: 'Guest',
    sendInvitationMessage: false,
  };
  return translated({ direction: 'give', doing: 'invite the guest', needs: 'User.Invite.All' }, async () => {
    const answer = await deps.graph.call({ tenantId, method: 'POST', path: ['invitations'], body });
    const guest = readInvitation(answer);
    remember(deps, invited, guest.objectId);
    return guest;
  });
}

function readInvitation(answer: Record<string, unknown>): { objectId: string; redeemUrl: string } {
  const { id } = (answer['invitedUser'] ?? {}) as { id?: unknown };
  const redeemUrl = answer['inviteRedeemUrl'];
  const isWhole = typeof id === 'string' && isGuid(id) && typeof redeemUrl === 'string';
  if (!isWhole || !redeemUrl.startsWith('https://')) {
    throw new AzureFault('graph', 'answered an invitation without a user or a link');
  }
  return { objectId: id.toLowerCase(), redeemUrl };
}

function remember(deps: GuestDeps, invited: Invited, objectId: string): void {
  const now = deps.monotonicMs();
  for (const [id, at] of invited) if (now - at > SETTLING_MS) invited.delete(id);
  invited.set(objectId, now);
}

async function remove(
  deps: GuestDeps,
  invited: Invited,
  { tenantId, objectId }: { tenantId: string; objectId: string },
): Promise<void> {
  const task = {
    direction: 'take' as const,
    doing: 'delete the guest account',
    needs: 'User.DeleteRestore.All',
  };
  await translated(task, async () => {
    const user = await findUser(deps.graph, tenantId, objectId);
    if (user && user.userType !== 'Guest') throw notAGuest(objectId);
    const wasThere = await deleteUser(deps.graph, tenantId, objectId);
    if (!wasThere) await demandGone(deps, invited, { tenantId, objectId });
    invited.delete(objectId.toLowerCase());
  });
}

function notAGuest(objectId: string): Misconfigured {
  return new Misconfigured(
    `The account ${objectId} has become a member of the customer's tenant, so it was not deleted.`,
    'Ask the customer whether they want to keep the account; if so, nothing is left to do for it.',
  );
}

async function deleteUser(graph: Graph, tenantId: string, objectId: string): Promise<boolean> {
  try {
    await graph.call({ tenantId, method: 'DELETE', path: ['users', demandGuid(objectId, 'object id')] });
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/** A guest invited a moment ago may answer 404 because it is not known everywhere yet, and show up later. */
async function demandGone(
  deps: GuestDeps,
  invited: Invited,
  { tenantId, objectId }: { tenantId: string; objectId: string },
): Promise<void> {
  const at = invited.get(objectId.toLowerCase());
  if (at === undefined || deps.monotonicMs() - at > SETTLING_MS) return;
  if (await isDeleted(deps.graph, tenantId, objectId)) return;
  throw new Unavailable('The directory does not know the new guest everywhere yet.', SETTLING_RETRY_MS);
}
