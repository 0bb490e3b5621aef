import { Agent, fetch } from 'undici';
import {
  assignmentPath,
  CLIENT,
  CONTOSO,
  createContoso,
  SCOPE,
  SUBSCRIPTION,
  type Contoso,
  type WireAnswer,
} from './contoso.ts';
import { EXCHANGES, GROUP, GUEST } from './exchanges.ts';
import { createChecks, readShared } from './spec.ts';

const NAME = '70000000-0000-4000-8000-000000000001';
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

/** Headers of the samples that come with a body or a limit of their own. */
const COMMON =
  /^(request-id|client-request-id|x-ms-(ags-diagnostic|resource-unit|request-id|correlation-request-id|routing-request-id|ratelimit-.*)|odata-version|cache-control|location|content-type)$/;

describe('recorded and documented exchanges', () => {
  it.each(EXCHANGES)('%s is answered word for word', async (name, arrange) => {
    const sample = readShared(`contracts/samples/azure/${name}.json`) as unknown as Sample;
    await arrange(world);
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
