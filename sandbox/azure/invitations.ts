import { randomUUID } from 'node:crypto';
import type { SandboxAnswer } from '../http.ts';
import { Refusal } from './answers.ts';
import type { GraphCall, GraphRoute } from './graph-router.ts';
import { NEEDS } from './permissions.ts';
import type { Tenant, User } from './state.ts';

interface Invitation {
  email: string;
  displayName: string;
  redirectUrl: string;
  sendMessage: boolean;
  resetRedemption: boolean;
  userType: 'Guest' | 'Member';
}

/** Answers 201 for an existing guest too, always with status PendingAcceptance, as the service does. */
function invite(call: GraphCall): SandboxAnswer {
  const invitation = readInvitation(call.body);
  checkPolicies(call.tenant, invitation.email);
  const guest = findInvitee(call.tenant, invitation.email) ?? createGuest(call, invitation);
  if (invitation.resetRedemption) {
    guest.externalUserState = 'PendingAcceptance';
    guest.externalUserStateChangedAt = call.now;
  }
  return {
    status: 201,
    headers: { location: `${call.base}/invitations/${guest.id}` },
    json: invitationJson(call, invitation, guest),
  };
}

function readInvitation(body: Record<string, unknown>): Invitation {
  const email = body['invitedUserEmailAddress'];
  const redirectUrl = body['inviteRedirectUrl'];
  if (typeof email !== 'string' || !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) {
    throw new Refusal(400, 'BadRequest', 'The invited user email address is not valid.');
  }
  if (typeof redirectUrl !== 'string' || !URL.canParse(redirectUrl)) {
    throw new Refusal(400, 'BadRequest', 'The invite redirect url is not valid.');
  }
  return {
    email,
    redirectUrl,
    displayName:
      typeof body['invitedUserDisplayName'] === 'string'
        ? body['invitedUserDisplayName']
        : (email.split('@')[0] ?? email),
    sendMessage: body['sendInvitationMessage'] === true,
    resetRedemption: body['resetRedemption'] === true,
    userType: body['invitedUserType'] === 'Member' ? 'Member' : 'Guest',
  };
}

function checkPolicies(tenant: Tenant, email: string): void {
  const { allowInvitesFrom, crossTenantInvites } = tenant.settings;
  if (allowInvitesFrom === 'none' || allowInvitesFrom === 'adminsAndGuestInviters') {
    const message =
      'Guest invitations not allowed for your company. Contact your company administrator for more details.';
    throw new Refusal(403, 'Forbidden', message);
  }
  if (crossTenantInvites === 'blocked') {
    const message =
      "This invitation is blocked by cross-tenant access settings. Admins in both your organization and the invited user's organization must configure cross-tenant access settings to allow the invitation.";
    throw new Refusal(403, 'Forbidden', message);
  }
  if (tenant.contacts.includes(email.toLowerCase())) {
    const message = 'Another object with the same value for property proxyAddresses already exists.';
    const details = [{ code: 'ObjectConflict', message, target: 'proxyAddresses' }];
    throw new Refusal(400, 'Request_BadRequest', message, { details });
  }
}

/** The guest who has the address already; the write side knows guests that reads do not see yet. */
function findInvitee(tenant: Tenant, email: string): User | undefined {
  const wanted = email.toLowerCase();
  const user = [...tenant.users.values()].find(
    (u) => u.deletedAt === undefined && addressesOf(u).includes(wanted),
  );
  const internal = tenant.domains.includes(wanted.split('@')[1] ?? '');
  if (!user && internal) {
    throw new Refusal(
      400,
      'BadRequest',
      'The invited user email domain is a verified domain of this directory.',
    );
  }
  if (!user) return undefined;
  const exists = `The invited user already exists in the directory as object ID: ${user.id}`;
  if (!user.accountEnabled) {
    const message = `${exists}, but the account is blocked from signing in. If the account is unblocked, they can use that account to sign in to shared apps and resources.`;
    throw new Refusal(400, 'BadRequest', message);
  }
  if (user.creationType === 'Invitation') return user;
  if (internal) {
    throw new Refusal(
      400,
      'BadRequest',
      `${exists}. They can use that account to sign in to shared apps and resources.`,
    );
  }
  const message = "Non-external user already exists with the given mail address and can't be invited.";
  throw new Refusal(400, 'BadRequest', message);
}

function addressesOf(user: User): string[] {
  const proxies = user.proxyAddresses.map((address) => address.replace(/^smtp:/i, ''));
  const own = user.creationType === 'Invitation' ? [] : [user.userPrincipalName];
  return [user.mail ?? '', ...user.otherMails, ...proxies, ...own].map((address) => address.toLowerCase());
}

function createGuest(call: GraphCall, invitation: Invitation): User {
  const { tenant, now } = call;
  const guest: User = {
    id: randomUUID(),
    displayName: invitation.displayName,
    givenName: null,
    surname: null,
    jobTitle: null,
    companyName: null,
    mail: invitation.email,
    userPrincipalName: `${invitation.email.replace('@', '_')}#EXT#@${tenant.domain}`,
    userType: invitation.userType,
    accountEnabled: true,
    creationType: 'Invitation',
    externalUserState: 'PendingAcceptance',
    externalUserStateChangedAt: now,
    otherMails: [invitation.email],
    proxyAddresses: [`SMTP:${invitation.email}`],
    createdAt: now,
    visibleFrom: now + tenant.settings.replicationDelayMs,
    deletedAt: undefined,
    sessionsRevokedAt: undefined,
    createdByClient: call.token.clientId,
  };
  tenant.users.set(guest.id, guest);
  call.state.changed(tenant, 'guestInvited', `${guest.displayName} <${invitation.email}> was invited`);
  return guest;
}

function invitationJson(call: GraphCall, invitation: Invitation, guest: User): unknown {
  const origin = new URL(call.base).origin;
  const ticket = randomUUID();
  const target = `https://invitations.microsoft.com/redeem/?tenant=${call.tenant.id}&user=${guest.id}&ticket=${ticket}&ver=2.0`;
  return {
    '@odata.context': `${call.base}/$metadata#invitations/$entity`,
    id: guest.id,
    inviteRedeemUrl: `${origin}/redeem?rd=${encodeURIComponent(target)}`,
    invitedUserDisplayName: invitation.displayName,
    invitedUserType: invitation.userType,
    invitedUserEmailAddress: invitation.email,
    sendInvitationMessage: invitation.sendMessage,
    resetRedemption: invitation.resetRedemption,
    inviteRedirectUrl: invitation.redirectUrl,
    status: 'PendingAcceptance',
    invitedUserMessageInfo: {
      messageLanguage: null,
      customizedMessageBody: null,
      ccRecipients: [{ emailAddress: { name: null, address: null } }],
    },
    invitedUser: { id: guest.id },
  };
}

/** B2B invitations. */
export const invitationRoutes: GraphRoute[] = [
  { method: 'POST', path: /^\/invitations$/i, needs: NEEDS.invite, units: 1, run: invite },
];
