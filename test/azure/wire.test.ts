import { conditionAllows, delegationCondition } from '../../src/azure/condition.ts';
import { findRetryAfterMs, retryPauseMs, withDeadline } from '../../src/azure/wire.ts';
import { actionMatches } from '../../src/azure/rights.ts';
import { isAtOrAbove, parseScope } from '../../src/azure/scope.ts';
import { graphScopeOf, PUBLIC_CLOUD } from '../../src/azure/azure-config.ts';
import { createAzure } from '../../src/azure/azure.ts';
import { Misconfigured } from '../../src/access/errors.ts';
import { isAllowedByCondition } from '../../sandbox/azure/conditions.ts';
import { failure, IDS, SUBSCRIPTION, WEB } from './ground.ts';

const OWNER = '8e3af657-a8ff-443c-a75c-2fe8c4bcb635';

describe('findRetryAfterMs', () => {
  const read = (headers: Record<string, string>) => findRetryAfterMs((name) => headers[name]);
  it('reads seconds, milliseconds and dates, and nothing else', () => {
    expect(read({ 'retry-after': '7' })).toBe(7_000);
    expect(read({ 'retry-after-ms': '150', 'retry-after': '7' })).toBe(150);
    const date = 'Thu, 15 Jan 2026 09:00:00 GMT';
    expect(read({ date, 'retry-after': 'Thu, 15 Jan 2026 09:00:30 GMT' })).toBe(30_000);
    expect(read({ date, 'retry-after': 'Thu, 15 Jan 2026 08:00:00 GMT' })).toBe(0);
    expect(read({ 'retry-after': 'soon' })).toBeUndefined();
    expect(read({})).toBeUndefined();
  });
});

describe('retryPauseMs', () => {
  const pause = (status: number | undefined, retryAfterMs?: number, attempt = 0) =>
    retryPauseMs({ status, retryAfterMs, attempt });
  it('tries transient failures again twice, and nothing else', () => {
    for (const status of [undefined, 408, 500, 502, 503, 504]) expect(pause(status)).toBeGreaterThan(0);
    for (const status of [400, 401, 403, 404, 409, 412, 501]) expect(pause(status)).toBeUndefined();
    expect(pause(503, undefined, 1)).toBeDefined();
    expect(pause(503, undefined, 2)).toBeUndefined();
  });
  it('sleeps two seconds at most, and for a 429 only when told how long', () => {
    expect(pause(429, 2_000)).toBe(2_000);
    expect(pause(429, 2_001)).toBeUndefined();
    expect(pause(503, 60_000)).toBeUndefined();
    expect(pause(429)).toBeUndefined();
  });
});

describe('withDeadline', () => {
  it('stops waiting for what does not listen to its signal', async () => {
    const error = await failure(withDeadline(20, 'It', () => new Promise<never>(() => {})));
    expect((error as Error).message).toBe('It did not finish within 0.02 s');
  });
});

describe('delegationCondition', () => {
  const condition = delegationCondition({ roleDefinitionIds: [IDS.reader, IDS.contributor.toUpperCase()] });

  it.each(['write', 'delete'] as const)('lets the app %s the listed roles, for users only', (action) => {
    const allows = (roleDefinitionId: string, principalType = 'User') =>
      conditionAllows(condition, action, { roleDefinitionId, principalType });
    expect(allows(IDS.reader)).toBe('yes');
    expect(allows(IDS.contributor)).toBe('yes');
    expect(allows(OWNER)).toBe('no');
    expect(allows(IDS.reader, 'ServicePrincipal')).toBe('no');
  });

  it('means the same to the service', () => {
    const allows = (roleGuid: string, principalType: string) =>
      isAllowedByCondition(condition, 'Microsoft.Authorization/roleAssignments/write', {
        roleGuid,
        principalType,
        principalId: IDS.dana,
      });
    expect(allows(IDS.reader, 'User')).toBe(true);
    expect(allows(OWNER, 'User')).toBe(false);
    expect(allows(IDS.reader, 'Group')).toBe(false);
  });
});

describe('conditionAllows', () => {
  const subject = { roleDefinitionId: OWNER, principalType: 'User' };
  const limited = (test: string) =>
    `((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR (@Request[Microsoft.Authorization/roleAssignments:${test}))`;
  it('reads what is excluded', () => {
    const condition = limited(`RoleDefinitionId] ForAnyOfAllValues:GuidNotEquals {${OWNER}, ${IDS.reader}}`);
    expect(conditionAllows(condition, 'write', subject)).toBe('no');
    expect(conditionAllows(condition, 'write', { ...subject, roleDefinitionId: IDS.contributor })).toBe(
      'yes',
    );
    expect(conditionAllows(condition, 'delete', subject)).toBe('yes');
  });
  it('leaves to Azure what it cannot read', () => {
    expect(
      conditionAllows(limited(`PrincipalId] ForAnyOfAnyValues:GuidEquals {${OWNER}}`), 'write', subject),
    ).toBe('unclear');
    expect(conditionAllows('@Principal[x] StringEquals y', 'write', subject)).toBe('unclear');
    expect(conditionAllows(null, 'write', subject)).toBe('yes');
  });
});

describe('actionMatches', () => {
  it('knows the wildcard and nothing of regular expressions', () => {
    const wanted = 'Microsoft.Authorization/roleAssignments/write';
    for (const pattern of ['*', 'microsoft.authorization/*', '*/write', wanted]) {
      expect(actionMatches(pattern, wanted)).toBe(true);
    }
    for (const pattern of [
      '*/read',
      'MicrosoftXAuthorization/*',
      'Microsoft.Authorization/roleAssignments',
    ]) {
      expect(actionMatches(pattern, wanted)).toBe(false);
    }
  });
});

describe('parseScope', () => {
  it('takes ids apart, in any case', () => {
    expect(parseScope(SUBSCRIPTION.toUpperCase().replace('/SUBSCRIPTIONS', '/Subscriptions'))).toMatchObject({
      kind: 'subscription',
      subscriptionId: IDS.contosoSubscription,
    });
    expect(parseScope(`${WEB}/providers/Microsoft.Sql/servers/s1/databases/d 1`)).toMatchObject({
      kind: 'resource',
      resourceGroup: 'web',
      resourceType: 'Microsoft.Sql/servers/databases',
      resourceName: 'd 1',
      path: `${WEB.slice(1)}/providers/Microsoft.Sql/servers/s1/databases/d%201`,
    });
  });
  it.each([
    '',
    '/',
    WEB.slice(1),
    `${WEB}/`,
    `${WEB}/providers`,
    `${WEB}/providers/Microsoft.Web/sites/..`,
    `${SUBSCRIPTION}//web`,
  ])('refuses %j', (id) => {
    expect(() => parseScope(id)).toThrow(Misconfigured);
  });
});

describe('isAtOrAbove', () => {
  it('goes by whole segments', () => {
    expect(isAtOrAbove(SUBSCRIPTION, WEB)).toBe(true);
    expect(isAtOrAbove('/', WEB)).toBe(true);
    expect(isAtOrAbove(WEB.toUpperCase(), WEB)).toBe(true);
    expect(isAtOrAbove(WEB, `${WEB}site`)).toBe(false);
    expect(isAtOrAbove(WEB, SUBSCRIPTION)).toBe(false);
    expect(isAtOrAbove('/providers/Microsoft.Management/managementGroups/root', WEB)).toBe(true);
  });
});

describe('graphScopeOf', () => {
  it('belongs to the cloud of the endpoint', () => {
    expect(graphScopeOf(PUBLIC_CLOUD)).toBe('https://graph.microsoft.com/.default');
    const usa = { ...PUBLIC_CLOUD, graphEndpoint: 'https://graph.microsoft.us' };
    expect(graphScopeOf(usa)).toBe('https://graph.microsoft.us/.default');
    const own = { ...PUBLIC_CLOUD, graphEndpoint: 'https://localhost:8443' };
    expect(graphScopeOf(own)).toBe('https://graph.microsoft.com/.default');
  });
});

describe('createAzure', () => {
  const base = {
    ...PUBLIC_CLOUD,
    clientId: IDS.app,
    tenantId: IDS.northwind,
    credential: { kind: 'secret' as const, secret: 's' },
  };
  it('sends tokens over https only', () => {
    expect(() => createAzure({ ...base, graphEndpoint: 'http://graph.example' })).toThrow(Misconfigured);
    expect(() => createAzure({ ...base, armEndpoint: 'management' })).toThrow(Misconfigured);
  });
  it('says which CA file cannot be read', () => {
    expect(() => createAzure({ ...base, caFile: '/nowhere/ca.pem' })).toThrow('/nowhere/ca.pem');
  });
  it('says that there is no bot', async () => {
    const azure = createAzure(base);
    expect(await failure(azure.botToken())).toBeInstanceOf(Misconfigured);
    await azure.stop();
  });
});
