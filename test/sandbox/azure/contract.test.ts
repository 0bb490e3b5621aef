import { fetch, Agent } from 'undici';
import {
  assignment,
  assignmentPath,
  CLIENT,
  CONTOSO,
  createContoso,
  GROUP_SCOPE,
  HELPDESK,
  OWNER,
  PRINCIPAL,
  RBAC_ADMINISTRATOR,
  READER,
  SCOPE,
  SUBSCRIPTION,
  type Contoso,
  type WireAnswer,
} from './contoso.ts';
import { createChecks, readShared } from './spec.ts';

const GUEST = '50000000-0000-4000-8000-000000000001';
const ENGINEER = '51000000-0000-4000-8000-000000000001';
const NAME = '70000000-0000-4000-8000-000000000001';
const GROUP = '63000000-0000-4000-8000-000000000001';
const JAN = { displayName: 'Jan de Vries (Fabrikam)', mail: 'jan.devries@fabrikam-cloud.example' };
const checks = createChecks();

interface Sample {
  request: {
    method: string;
    url: string;
    headers?: Record<string, string>;
    body?: unknown;
    form?: Record<string, string>;
  };
  response: { status: number; headers: Record<string, string>; body?: unknown };
}

let world: Contoso;
beforeEach(async () => void (world = await createContoso()));
afterEach(() => world.stop());

/** Sends a sample's request to the sandbox. */
async function replay(sample: Sample): Promise<WireAnswer> {
  const { method, url, headers = {}, body, form } = sample.request;
  const path = url.replace(/^https:\/\/[^/]+/, '');
  const extra = headers['ConsistencyLevel'] === undefined ? {} : { ConsistencyLevel: 'eventual' };
  if (!form) return world.send(method, path, body, extra);
  const dispatcher = new Agent({ connect: { ca: world.azure.caPem } });
  const secret = form['client_secret'];
  const filled = {
    ...form,
    ...(secret === '{secret}' && { client_secret: world.azure.app(CLIENT).secret ?? '' }),
  };
  const response = await fetch(`${world.azure.url}${path}`, {
    method,
    dispatcher,
    body: new URLSearchParams(filled),
  });
  const text = await response.text();
  await dispatcher.close();
  const parsed = JSON.parse(text) as Record<string, unknown>;
  return { status: response.status, headers: Object.fromEntries(response.headers), text, body: parsed };
}

/** Takes out what differs from call to call: instants, request ids, tickets, tokens, the host. */
function settle(value: unknown): unknown {
  const text = JSON.stringify(value ?? null)
    .replaceAll(world.azure.url, '{host}')
    .replaceAll(
      /https:\/\/(graph\.microsoft\.com|management\.azure\.com|login\.microsoftonline\.com)(?=\/(v1\.0|subscriptions|[\da-f]{8}-|redeem|oidc))/g,
      '{host}',
    )
    .replaceAll(/\d{4}-\d\d-\d\d[T ][\d:.]+Z?/g, '{instant}')
    .replaceAll(/"(request-id|client-request-id|trace_id|correlation_id)":"[^"]+"/g, '"$1":"{id}"')
    .replaceAll(/(Trace|Correlation) ID: [\da-f-]{36}/g, '$1 ID: {id}')
    .replaceAll(/"access_token":"[^"]+"/g, '"access_token":"{token}"')
    .replaceAll(/"id":"[\w-]{40,}-1"/g, '"id":"{server id}"')
    .replaceAll(/ticket%3d[\w-]+/gi, 'ticket%3d{ticket}')
    .replaceAll(/%3[adf]|%2f|%26/gi, (code) => code.toLowerCase())
    .replaceAll(/\$skiptoken=[^"]+/gi, '{more}');
  return JSON.parse(text);
}

const guest = (state: 'PendingAcceptance' | 'Accepted' = 'PendingAcceptance') =>
  void world.azure.addUser(CONTOSO, { id: GUEST, ...JAN, userType: 'Guest', externalUserState: state });
const deleted = () => {
  guest();
  world.azure.changeUser(CONTOSO, GUEST, {
    deletedAt: world.azure.clock.now(),
    userPrincipalName: `${GUEST.replaceAll('-', '')}jan.devries_fabrikam-cloud.example#EXT#@contoso.onmicrosoft.com`,
  });
};
const made = async (
  description = 'jit/1 g=01JHZX3Q7M8V9W2Y4K6N8P0R2T e=2026-01-15T13:00:00Z by=fabrikam',
) => {
  guest();
  await world.send('PUT', assignmentPath(NAME), { properties: assignment(GUEST, READER, description) });
};
const group = (seed: object = {}) =>
  void world.azure.addGroup(CONTOSO, { id: GROUP, displayName: 'JIT', ...seed });
const helpdesk = async () => {
  guest();
  const body = { roleDefinitionId: HELPDESK, principalId: GUEST, directoryScopeId: '/' };
  await world.send('POST', '/v1.0/roleManagement/directory/roleAssignments', body);
};
const free = () =>
  void world.azure.assignRole({
    scope: SCOPE,
    roleGuid: RBAC_ADMINISTRATOR,
    principalId: PRINCIPAL,
    principalType: 'ServicePrincipal',
  });

/** Sample by sample: how the cloud stands when its request comes. */
const SAMPLES: Array<[string, () => unknown]> = [
  ['login-openid-configuration-200', () => undefined],
  ['login-openid-configuration-unknown-tenant-400', () => undefined],
  ['login-token-secret-200', () => undefined],
  ['login-token-arm-cae-200', () => undefined],
  ['login-token-invalid-secret-401', () => undefined],
  [
    'login-token-expired-secret-401',
    () => Object.assign(world.azure.app(CLIENT), { secret: 'old', secretState: 'expired' }),
  ],
  ['login-token-not-consented-400', () => Object.assign(world.azure.settings(CONTOSO), { app: 'removed' })],
  [
    'login-token-app-disabled-401',
    () => {
      world.azure.app(CLIENT).name = 'JIT access bot';
      world.azure.settings(CONTOSO).app = 'disabled';
    },
  ],
  ['graph-invitation-existing-guest-201', guest],
  ['graph-invitation-reset-redemption-201', () => guest('Accepted')],
  [
    'graph-invitation-forbidden-403',
    () => Object.assign(world.azure.settings(CONTOSO), { allowInvitesFrom: 'none' }),
  ],
  [
    'graph-invitation-cross-tenant-blocked-403',
    () => Object.assign(world.azure.settings(CONTOSO), { crossTenantInvites: 'blocked' }),
  ],
  [
    'graph-invitation-existing-blocked-400',
    () => world.azure.addUser(CONTOSO, { id: GUEST, ...JAN, userType: 'Guest', accountEnabled: false }),
  ],
  [
    'graph-invitation-nonexternal-mail-400',
    () => world.azure.addUser(CONTOSO, { ...JAN, userPrincipalName: 'jan@contoso.example' }),
  ],
  ['graph-invitation-proxyaddress-conflict-400', () => world.azure.addContact(CONTOSO, JAN.mail)],
  ['graph-authorization-policy-200', () => undefined],
  ['graph-xtap-partner-404', () => undefined],
  ['graph-deleted-users-200', deleted],
  ['graph-user-restore-200', deleted],
  [
    'graph-user-restore-conflict-400',
    () => {
      deleted();
      world.azure.addUser(CONTOSO, { ...JAN, userType: 'Guest' });
    },
  ],
  ['graph-user-get-200', guest],
  ['graph-user-get-404', () => undefined],
  ['graph-user-get-accepted-200', () => guest('Accepted')],
  ['graph-user-get-default-properties-200', guest],
  [
    'graph-user-patch-204',
    () => {
      guest();
      world.azure.consent(CONTOSO, CLIENT, { graphPermissions: ['User.ReadWrite.All'], objectId: PRINCIPAL });
    },
  ],
  ['graph-user-delete-204', guest],
  ['graph-user-delete-404', () => undefined],
  ['graph-user-delete-privileged-403', helpdesk],
  ['graph-user-revoke-sessions-200', guest],
  ['graph-users-by-mail-200', () => guest('Accepted')],
  ['graph-users-by-mail-empty-200', () => undefined],
  [
    'graph-users-page-200',
    () => {
      guest();
      world.azure.addUser(CONTOSO, { displayName: 'Anna' });
    },
  ],
  ['graph-users-pending-guests-advanced-200', guest],
  ['graph-users-advanced-missing-header-400', guest],
  [
    'graph-user-check-member-groups-200',
    () => {
      world.azure.addUser(CONTOSO, { id: ENGINEER, displayName: 'Jan' });
      world.azure.addGroup(CONTOSO, {
        id: '60000000-0000-4000-8000-000000000001',
        displayName: 'A',
        members: [ENGINEER],
      });
    },
  ],
  [
    'graph-group-transitive-members-200',
    () => {
      world.azure.addUser(CONTOSO, { id: ENGINEER, ...JAN });
      world.azure.addGroup(CONTOSO, {
        id: '60000000-0000-4000-8000-000000000001',
        displayName: 'A',
        members: [ENGINEER],
      });
    },
  ],
  [
    'graph-group-members-200',
    () => {
      guest();
      group({ members: [GUEST] });
    },
  ],
  [
    'graph-group-add-member-204',
    () => {
      guest();
      group();
    },
  ],
  ['graph-group-add-member-404', () => group()],
  [
    'graph-group-add-member-duplicate-400',
    () => {
      guest();
      group({ members: [GUEST] });
    },
  ],
  [
    'graph-group-add-member-dynamic-400',
    () => {
      guest();
      group({ membershipRule: 'user.mail -ne null' });
    },
  ],
  [
    'graph-group-remove-member-204',
    () => {
      guest();
      group({ members: [GUEST] });
    },
  ],
  [
    'graph-group-remove-member-404',
    () => {
      guest();
      group();
    },
  ],
  [
    'graph-group-remove-member-without-ref-DANGER-204',
    () => {
      guest();
      group({ members: [GUEST] });
    },
  ],
  ['graph-role-assignment-created-201', guest],
  ['graph-role-assignment-duplicate-400', helpdesk],
  ['graph-role-assignment-principal-404', () => undefined],
  ['graph-role-assignment-delete-404', () => undefined],
  ['graph-role-assignments-list-200', helpdesk],
  ['graph-role-definitions-200', () => undefined],
  ['arm-role-assignment-created-201', guest],
  ['arm-role-assignment-double-slash-path-201', guest],
  ['arm-role-assignment-put-again-200', made],
  ['arm-role-assignment-update-description-200', made],
  ['arm-role-assignment-get-200', made],
  ['arm-role-assignment-get-404', () => undefined],
  ['arm-role-assignment-delete-200', made],
  ['arm-role-assignment-delete-204', () => undefined],
  ['arm-role-assignment-exists-409', made],
  [
    'arm-role-assignment-limit-400',
    () => {
      guest();
      world.azure.settings(CONTOSO).roleAssignmentLimit = 1;
    },
  ],
  [
    'arm-role-definition-missing-404',
    () => {
      guest();
      free();
    },
  ],
  ['arm-role-definitions-by-name-200', () => undefined],
  [
    'arm-principal-not-found-400',
    () => {
      world.azure.settings(CONTOSO).replicationDelayMs = 60_000;
      free();
    },
  ],
  ['arm-unmatched-principal-type-400', free],
  ['arm-invalid-name-400', guest],
  ['arm-resource-group-not-found-404', guest],
  ['arm-subscription-not-found-404', guest],
  ['arm-authorization-failed-403', guest],
  [
    'arm-role-assignment-update-not-permitted-400',
    () => {
      guest();
      world.azure.assignRole({ name: NAME, scope: SCOPE, roleGuid: OWNER, principalId: GUEST });
    },
  ],
  ['arm-deny-assignments-200', () => undefined],
  ['arm-subscriptions-list-200', () => undefined],
  [
    'arm-foreign-group-assignment-201',
    () => {
      free();
    },
  ],
  [
    'arm-role-assignment-delete-locked-409',
    () => {
      guest();
      world.azure.assignRole({ name: NAME, scope: GROUP_SCOPE, roleGuid: READER, principalId: GUEST });
      world.azure.addLock(GROUP_SCOPE, 'CanNotDelete');
    },
  ],
  [
    'arm-role-assignment-delete-last-owner-412',
    () => {
      free();
      world.azure.assignRole({
        name: NAME,
        scope: SCOPE,
        roleGuid: OWNER,
        principalId: PRINCIPAL,
        principalType: 'ServicePrincipal',
      });
    },
  ],
];

/** Headers of the samples that come with a body or a limit of their own. */
const COMMON =
  /^(request-id|client-request-id|x-ms-(ags-diagnostic|resource-unit|request-id|correlation-request-id|routing-request-id|ratelimit-.*)|odata-version|cache-control|location|content-type)$/;

describe('recorded and documented exchanges', () => {
  it.each(SAMPLES)('%s is answered word for word', async (name, arrange) => {
    const sample = readShared(`contracts/samples/azure/${name}.json`) as unknown as Sample;
    await arrange();
    const answer = await replay(sample);
    const { status, headers, body } = sample.response;
    expect(answer.status).toBe(status);
    const wanted = Object.keys(headers).filter(
      (header) => COMMON.test(header) && !(status === 204 && header === 'content-type'),
    );
    expect(Object.keys(answer.headers)).toEqual(expect.arrayContaining(wanted));
    if (body !== undefined) expect(answer.headers['content-type']).toBe(headers['content-type']);
    expect(settle(answer.text === '' ? null : answer.body)).toEqual(settle(body));
    const path = sample.request.url.replace(/^https:\/\/[^/]+/, '').replace(/\?.*$/s, '');
    const sent = answer.text === '' ? undefined : answer.body;
    if (name.startsWith('graph-') && !/DANGER/.test(name)) {
      expect(
        checks.graph(sample.request.method, decodeURIComponent(path.replace('/v1.0', '')), status, sent),
      ).toEqual([]);
    }
    if (name.startsWith('arm-') && !name.includes('subscriptions-list')) {
      expect(checks.arm(sample.request.method, path, status, sent)).toEqual([]);
    }
  });
});

describe('answers no sample shows', () => {
  it('conform to the specifications', async () => {
    const id = await world.invite();
    world.azure.addGroup(CONTOSO, { id: GROUP, displayName: 'Ops', members: [id] });
    world.azure.addDenyAssignment(SCOPE, { actions: ['x/y'], principalIds: [id] });
    const graph = [
      '/organization',
      '/groups',
      `/groups/${GROUP}`,
      `/users/${id}/memberOf`,
      '/policies/crossTenantAccessPolicy/default',
    ];
    for (const path of graph) {
      const answer = await world.send('GET', `/v1.0${path}`);
      expect([path, answer.status, checks.graph('GET', path, 200, answer.body)]).toEqual([path, 200, []]);
    }
    for (const type of ['roleAssignments', 'roleDefinitions', 'denyAssignments', 'permissions']) {
      const path = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Authorization/${type}`;
      const answer = await world.send('GET', `${path}?api-version=2022-04-01`);
      expect([type, checks.arm('GET', path, answer.status, answer.body)]).toEqual([type, []]);
    }
  });

  it('are found out when a property has the wrong name', () => {
    const wrong = { properties: { scope: '/', principal: 'x' }, name: NAME };
    expect(checks.arm('GET', assignmentPath(NAME).split('?')[0] ?? '', 200, wrong)).not.toEqual([]);
    expect(checks.graph('GET', `/users/${GUEST}`, 200, { id: GUEST, emailAddress: 'x' })).not.toEqual([]);
  });
});
