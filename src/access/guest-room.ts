import type { AccessDeps } from './deps.ts';
import { entry } from './entries.ts';
import { Misconfigured, Refused, Unavailable } from './errors.ts';
import type { Grant } from './grant.ts';
import type { GuestStay } from './guest-stay.ts';
import { grantJob } from './jobs.ts';
import type { Profile } from './person.ts';
import type { Claim, LedgerEntry } from './ports.ts';

/** How long to wait when the guest is just being taken away by another grant. */
const LEAVING_WAIT_MS = 2_000;

/** So long after an invitation whose answer was lost, a guest may still show up that nobody can read yet. */
const UNHEARD_MS = 60_000;
const UNHEARD_RETRY_MS = 5_000;

/** A grant in work: the record, and the lease under which it is worked on. */
export interface Work {
  grant: Grant;
  claim: Claim;
}

/** The guest an engineer uses, as `settleIn` leaves it. */
export interface SettledGuest {
  objectId: string;
  redeemUrl?: string;
}

/**
 * Makes sure the engineer has an account in the customer's tenant that this grant holds on to: the one that is there,
 * or a new guest. The intent to invite is stored before the call, so that a guest whose invitation was not heard back
 * is known to be ours.
 * @throws {Unavailable} while another grant is taking the guest away
 */
export async function settleIn(
  deps: AccessDeps,
  { grant, claim }: Work,
  profile: Profile,
): Promise<SettledGuest> {
  const { tenantId } = grant.entitlement;
  const found = await deps.store.findStay({ tenantId, person: grant.person });
  if (found?.status === 'leaving') {
    throw new Unavailable('The guest account is just being removed by another grant.', LEAVING_WAIT_MS);
  }
  const stay = await moveIn(deps, { grant, claim }, found);
  const guest = await deps.guests.find({
    tenantId,
    profile,
    ...(stay.objectId !== undefined && { knownObjectId: stay.objectId }),
  });
  // An invitation that was not heard back is repeated: Azure answers with the same guest and a fresh link.
  if (guest && stay.status !== 'inviting')
    return keepFound(deps, { grant, claim }, { stay, objectId: guest.objectId });
  return invite(deps, { grant, claim }, { stay, profile });
}

/** Stores that this grant holds on to the guest. */
async function moveIn(
  deps: AccessDeps,
  { grant, claim }: Work,
  found: GuestStay | undefined,
): Promise<GuestStay> {
  if (found?.heldBy.includes(grant.id)) return found;
  const base: GuestStay = found ?? {
    tenantId: grant.entitlement.tenantId,
    person: grant.person,
    revision: 0,
    status: 'gone',
    heldBy: [],
  };
  return saveStay(deps, { grant, claim }, { ...base, heldBy: [...base.heldBy, grant.id] });
}

/** Stores a new revision of a stay, with the ledger line that explains it. */
async function saveStay(
  deps: AccessDeps,
  { grant, claim }: Work,
  stay: GuestStay,
  event?: { name: string; facts?: LedgerEntry['facts'] },
): Promise<GuestStay> {
  const next: GuestStay = { ...stay, revision: stay.revision + 1 };
  const at = deps.clock.now();
  await deps.store.commit({
    stay: next,
    claim,
    entries: event ? [entry(event.name, grant, { at, ...(event.facts && { facts: event.facts }) })] : [],
  });
  return next;
}

async function keepFound(
  deps: AccessDeps,
  work: Work,
  { stay, objectId }: { stay: GuestStay; objectId: string },
): Promise<SettledGuest> {
  const known = stay.objectId === objectId && (stay.status === 'ours' || stay.status === 'theirs');
  const status = known ? stay.status : 'theirs';
  const kept = known
    ? stay
    : await saveStay(
        deps,
        work,
        { ...stay, status, objectId },
        { name: 'guest.found', facts: { objectId, status } },
      );
  return { objectId, ...(kept.redeemUrl !== undefined && { redeemUrl: kept.redeemUrl }) };
}

async function invite(
  deps: AccessDeps,
  work: Work,
  { stay, profile }: { stay: GuestStay; profile: Profile },
): Promise<SettledGuest> {
  const { tenantId, person, heldBy, revision } = stay;
  const blank: GuestStay = { tenantId, person, heldBy, revision, status: 'gone' };
  const invitation = { profile, unheardAt: deps.clock.now() };
  const intended = await saveStay(
    deps,
    work,
    { ...blank, status: 'inviting', invitation },
    { name: 'guest.invite.intended' },
  );
  try {
    const guest = await deps.guests.invite({ tenantId, profile });
    const { objectId } = guest;
    const settled: GuestStay = { ...blank, revision: intended.revision, status: 'ours', ...guest };
    await saveStay(deps, work, settled, { name: 'guest.invited', facts: { objectId } }).catch(
      async (error: unknown) => {
        await uninvite(deps, work.grant, objectId);
        throw error;
      },
    );
    return guest;
  } catch (error) {
    const isNo = error instanceof Refused || error instanceof Misconfigured;
    // A clear no to the first invitation: nothing is under way that could show up later.
    if (isNo && stay.status !== 'inviting') {
      await saveStay(deps, work, { ...intended, invitation: { profile } });
    } else {
      await watchUnheard(deps, work.grant, invitation);
    }
    throw error;
  }
}

/** An invitation that came through after others went on without it: nobody else would ever take this guest away. */
async function uninvite(deps: AccessDeps, grant: Grant, objectId: string): Promise<void> {
  const { tenantId } = grant.entitlement;
  const stay = await deps.store.findStay({ tenantId, person: grant.person });
  if (!stay || stay.status === 'inviting' || stay.objectId === objectId) return;
  deps.log.warn('guest.late', { grantId: grant.id, tenantId, objectId });
  if (stay.status !== 'gone' || stay.heldBy.length > 0) return deps.guests.remove({ tenantId, objectId });
  await holdAgain(deps, grant, { ...emptied(stay), status: 'ours', objectId });
}

/** An invitation without an answer, after its grant had left: what may come of it is looked for. */
async function watchUnheard(
  deps: AccessDeps,
  grant: Grant,
  invitation: NonNullable<GuestStay['invitation']>,
): Promise<void> {
  const stay = await deps.store.findStay({ tenantId: grant.entitlement.tenantId, person: grant.person });
  if (stay?.status !== 'gone' || stay.heldBy.length > 0) return;
  await holdAgain(deps, grant, { ...emptied(stay), status: 'inviting', invitation });
}

/** The job of a grant, ended or not, takes away what the grant still holds. */
async function holdAgain(deps: AccessDeps, grant: Grant, stay: GuestStay): Promise<void> {
  const at = deps.clock.now();
  await deps.store.commit({
    stay: { ...stay, revision: stay.revision + 1, heldBy: [grant.id] },
    jobs: [grantJob(grant, { at, direction: 'take' })],
    entries: [entry('guest.late', grant, { at })],
  });
}

/**
 * Lets go of the guest. The last grant to leave deletes it, if it is ours, and sees that it is gone; nobody can move
 * in meanwhile.
 * @throws {Unavailable} while the account can still be read
 */
export async function moveOut(deps: AccessDeps, { grant, claim }: Work): Promise<void> {
  const { tenantId } = grant.entitlement;
  const found = await deps.store.findStay({ tenantId, person: grant.person });
  if (!found || (!found.heldBy.includes(grant.id) && found.leavingFor !== grant.id)) return;
  const others = found.heldBy.filter((id) => id !== grant.id);
  if (others.length > 0) {
    // Whoever stays resolves an invitation that is under way.
    await saveStay(deps, { grant, claim }, { ...found, heldBy: others }, { name: 'guest.kept' });
    return;
  }
  const stay = found.status === 'inviting' ? await resolveInvitation(deps, found) : found;
  const isOurs = stay.status === 'ours' || stay.status === 'leaving';
  if (!isOurs || stay.objectId === undefined) {
    await saveStay(deps, { grant, claim }, emptied(stay), { name: 'guest.kept' });
    return;
  }
  await removeGuest(deps, { grant, claim }, { ...stay, objectId: stay.objectId });
}

/** A stay that holds nothing of ours: nobody needs the account, and it is not ours or it is gone. */
function emptied({ tenantId, person, revision }: GuestStay): GuestStay {
  return { tenantId, person, revision, status: 'gone', heldBy: [] };
}

/**
 * An invitation whose answer was never heard: what is there now is ours, or nothing is there.
 * @throws {Unavailable} while a guest could still show up
 */
async function resolveInvitation(deps: AccessDeps, stay: GuestStay): Promise<GuestStay> {
  const { tenantId, invitation } = stay;
  const profile = invitation?.profile ?? (await deps.directory.findProfile(stay.person));
  const guest = profile && (await deps.guests.find({ tenantId, profile }));
  if (guest) return { ...stay, status: 'ours', objectId: guest.objectId };
  if (deps.clock.now() < (invitation?.unheardAt ?? 0) + UNHEARD_MS) {
    throw new Unavailable('The invited guest may still show up.', UNHEARD_RETRY_MS);
  }
  return emptied(stay);
}

async function removeGuest(
  deps: AccessDeps,
  work: Work,
  stay: GuestStay & { objectId: string },
): Promise<void> {
  const { tenantId, objectId } = stay;
  const leaving =
    stay.status === 'leaving'
      ? stay
      : await saveStay(
          deps,
          work,
          { ...stay, status: 'leaving', leavingFor: work.grant.id },
          { name: 'guest.remove.intended', facts: { objectId } },
        );
  await deps.guests.remove({ tenantId, objectId });
  if (await deps.guests.exists({ tenantId, objectId })) {
    throw new Unavailable('The guest account can still be read.', 1_000);
  }
  await saveStay(deps, work, emptied(leaving), { name: 'guest.removed', facts: { objectId } });
}
