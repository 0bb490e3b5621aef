import type { SandboxAnswer } from '../http.ts';
import { graphInstant, notFoundInDirectory } from './answers.ts';
import { answerEntity, answerList } from './directory-lists.ts';
import type { GraphCall, GraphRoute } from './graph-router.ts';
import { NEEDS } from './permissions.ts';
import type { ServicePrincipal } from './state.ts';

function principalJson(call: GraphCall, principal: ServicePrincipal): Record<string, unknown> {
  return {
    id: principal.id,
    accountEnabled: call.tenant.settings.app !== 'disabled',
    appDisplayName: principal.displayName,
    appId: principal.clientId,
    appOwnerOrganizationId: call.state.apps.get(principal.clientId)?.homeTenant ?? null,
    displayName: principal.displayName,
    servicePrincipalType: 'Application',
    signInAudience: 'AzureADMultipleOrgs',
  };
}

function listPrincipals(call: GraphCall): SandboxAnswer {
  const items = [...call.tenant.servicePrincipals.values()].map((p) => principalJson(call, p));
  return answerList(call, { context: 'servicePrincipals', items });
}

function readPrincipal(call: GraphCall): SandboxAnswer {
  const [byAppId, byId] = [call.params[0] ?? '', call.params[1] ?? ''];
  const found = [...call.tenant.servicePrincipals.values()].find(
    (p) => p.clientId === byAppId.toLowerCase() || p.id === byId.toLowerCase(),
  );
  if (!found) throw notFoundInDirectory(call.path.split('/').pop() ?? '');
  return answerEntity(call, 'servicePrincipals', principalJson(call, found));
}

function listOrganization(call: GraphCall): SandboxAnswer {
  const { tenant } = call;
  const item = {
    id: tenant.id,
    displayName: tenant.name,
    createdDateTime: graphInstant(Date.UTC(2019, 0, 15)),
    deletedDateTime: null,
    tenantType: 'AAD',
    countryLetterCode: 'NL',
    verifiedDomains: tenant.domains.map((name, index) => ({
      capabilities: 'Email, OfficeCommunicationsOnline',
      isDefault: index === tenant.domains.length - 1,
      isInitial: index === 0,
      name,
      type: 'Managed',
    })),
  };
  return answerList(call, { context: 'organization', items: [item] });
}

function readAuthorizationPolicy(call: GraphCall): SandboxAnswer {
  return answerEntity(call, 'policies/authorizationPolicy', {
    id: 'authorizationPolicy',
    displayName: 'Authorization Policy',
    description: 'Used to manage authorization related settings across the company.',
    allowInvitesFrom: call.tenant.settings.allowInvitesFrom,
    allowedToUseSSPR: true,
    allowedToSignUpEmailBasedSubscriptions: true,
    allowEmailVerifiedUsersToJoinOrganization: false,
    blockMsolPowerShell: false,
    guestUserRoleId: '10dae51f-b6af-4016-8d66-8c2a99b929b3',
    defaultUserRolePermissions: {
      allowedToCreateApps: true,
      allowedToCreateSecurityGroups: true,
      allowedToReadOtherUsers: true,
      permissionGrantPoliciesAssigned: [],
    },
  });
}

function readCrossTenantDefault(call: GraphCall): SandboxAnswer {
  const accessType = call.tenant.settings.crossTenantInvites === 'blocked' ? 'blocked' : 'allowed';
  return answerEntity(call, 'policies/crossTenantAccessPolicy/default', {
    isServiceDefault: accessType === 'allowed',
    inboundTrust: {
      isMfaAccepted: false,
      isCompliantDeviceAccepted: false,
      isHybridAzureADJoinedDeviceAccepted: false,
    },
    b2bCollaborationInbound: {
      usersAndGroups: { accessType, targets: [{ target: 'AllUsers', targetType: 'user' }] },
      applications: { accessType, targets: [{ target: 'AllApplications', targetType: 'application' }] },
    },
  });
}

/** The tenant itself: organization, policies and the apps in it. */
export const organizationRoutes: GraphRoute[] = [
  {
    method: 'GET',
    path: /^\/organization$/i,
    needs: NEEDS.readOrganization,
    units: 1,
    run: listOrganization,
  },
  {
    method: 'GET',
    path: /^\/policies\/authorizationPolicy$/i,
    needs: NEEDS.readPolicies,
    units: 1,
    run: readAuthorizationPolicy,
  },
  {
    method: 'GET',
    path: /^\/policies\/crossTenantAccessPolicy\/default$/i,
    needs: NEEDS.readCrossTenant,
    units: 1,
    run: readCrossTenantDefault,
  },
  {
    method: 'GET',
    path: /^\/policies\/crossTenantAccessPolicy\/partners\/([^/]+)$/i,
    needs: NEEDS.readCrossTenant,
    units: 1,
    run: (call) => {
      throw notFoundInDirectory(call.params[0] ?? '');
    },
  },
  {
    method: 'GET',
    path: /^\/servicePrincipals$/i,
    needs: NEEDS.readApplications,
    units: 1,
    run: listPrincipals,
  },
  {
    method: 'GET',
    path: /^\/servicePrincipals(?:\(appId='([^']+)'\)|\/([^/]+))$/i,
    needs: NEEDS.readApplications,
    units: 1,
    run: readPrincipal,
  },
];
