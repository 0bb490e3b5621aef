import { createHash, randomBytes } from 'node:crypto';
import type { Access } from '../../src/access/access.ts';
import { createAccess } from '../../src/access/create-access.ts';
import type { AccessDeps } from '../../src/access/deps.ts';
import { StateConflict } from '../../src/access/errors.ts';
import type { Person } from '../../src/access/person.ts';
import { personKey } from '../../src/access/person.ts';
import type { Place } from '../../src/access/place.ts';
import type { Policy, Stage } from '../../src/access/policy.ts';
import type { Log } from '../../src/access/ports.ts';
import type { SweepReport } from '../../src/access/sweep-customer.ts';
import { createSweep } from '../../src/access/sweep-customer.ts';
import type { FakeAzure } from './fake-azure.ts';
import { createFakeAzure, profileOf } from './fake-azure.ts';
import type { FakeStore } from './fake-store.ts';
import { createFakeStore } from './fake-store.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

const guid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

export const PARTNER = guid(1);
export const CONTOSO = guid(2);
export const FABRIKAM = guid(3);
export const dana: Person = { tenantId: PARTNER, objectId: guid(11) };
export const lee: Person = { tenantId: PARTNER, objectId: guid(12) };
export const kim: Person = { tenantId: PARTNER, objectId: guid(13) };
export const olga: Person = { tenantId: CONTOSO, objectId: guid(21) };
export const omar: Person = { tenantId: CONTOSO, objectId: guid(22) };
export const frida: Person = { tenantId: FABRIKAM, objectId: guid(31) };
export const AZURE_TEAM = guid(41);
export const AGENTS = guid(42);
export const CONTRIBUTOR = 'b24988ac-6180-42a0-ab88-20f7382dd24c';

export const leadsPlace: Place = { platform: 'slack', teamId: 'T0PARTNER', channelId: 'C0LEADS' };
export const contosoPlace: Place = {
  platform: 'teams',
  tenantId: CONTOSO,
  teamId: '19:contoso@thread.tacv2',
  channelId: '19:approvals@thread.tacv2',
};
export const danasChat: Place = { platform: 'slack', teamId: 'T0PARTNER', userId: 'U0DANA' };
export const operatorsPlace: Place = { platform: 'slack', teamId: 'T0PARTNER', channelId: 'C0OPS' };

export const customerStage: Stage = {
  side: 'customer',
  from: 'owners',
  at: ['contoso', 'leads'],
  count: 1,
  withinMs: 4 * HOUR,
};
export const partnerStage: Stage = {
  side: 'partner',
  from: 'leads',
  at: ['leads'],
  count: 1,
  withinMs: HOUR,
};

/** Northwind with two customers; Contoso's owners approve. */
export function housePolicy(approve: readonly Stage[] = [customerStage]): Policy {
  const role = { roleDefinitionId: CONTRIBUTOR, maxMs: 4 * HOUR, defaultMs: 2 * HOUR };
  const customer = (slug: string, name: string, tenantId: string, owners: Person[]) => ({
    slug,
    name,
    tenantId,
    tags: ['enterprise'],
    places: ['contoso'],
    owners: { name: 'owners', people: owners },
    scopes: new Map([
      ['default', `/subscriptions/${guid(51)}`],
      ['web', `/subscriptions/${guid(51)}/resourceGroups/web`],
    ]),
  });
  return {
    digest: 'd'.repeat(64),
    partner: { tenantId: PARTNER, name: 'Northwind Cloud' },
    groups: new Map([
      ['azure-team', { name: 'azure-team', people: [], entraGroupId: AZURE_TEAM }],
      ['leads', { name: 'leads', people: [lee, kim, dana] }],
    ]),
    places: new Map([
      ['leads', [leadsPlace]],
      ['contoso', [contosoPlace]],
    ]),
    roles: new Map([
      ['contributor', { name: 'contributor', ...role }],
      ['reader', { name: 'reader', ...role, roleDefinitionId: 'acdd72a7-3385-48ef-bd42-f606fba81ae7' }],
    ]),
    customers: new Map([
      ['contoso', customer('contoso', 'Contoso Ltd', CONTOSO, [olga, omar])],
      ['fabrikam', customer('fabrikam', 'Fabrikam', FABRIKAM, [frida])],
    ]),
    rules: [
      {
        name: 'team',
        customers: ['tag:enterprise'],
        roles: ['contributor', 'reader'],
        requesters: ['azure-team'],
        approve,
      },
    ],
    people: [],
    limits: { maxMs: 8 * HOUR, continuousMs: 6 * HOUR, requestsPerHour: 20, warnBeforeMs: 10 * MINUTE },
    operators: [operatorsPlace],
    agentGroups: [AGENTS],
  };
}

const quiet: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** The subject over fakes, with a clock that only moves when told. */
export interface House {
  access: Access;
  /** Compares Contoso's grants with the fake Azure. */
  sweep(): Promise<SweepReport>;
  /** What the log said as an error. */
  errors: string[];
  store: FakeStore;
  azure: FakeAzure;
  policy: { now: Policy };
  clock: { at: number; doubt: boolean };
  /** Moves time on and does every job that falls due on the way, in order. */
  pass(ms: number): Promise<void>;
  /** Does what is due now. */
  settle(): Promise<void>;
  ask(changes?: Partial<Parameters<Access['request']>[0]>): ReturnType<Access['request']>;
}

export function createHouse(approve?: readonly Stage[]): House {
  const store = createFakeStore();
  const azure = createFakeAzure();
  const clock = { at: Date.UTC(2026, 10, 20, 9), doubt: false };
  const policy = { now: housePolicy(approve) };
  const names: Array<[Person, string]> = [
    [dana, 'Dana Example'],
    [lee, 'Lee Lead'],
    [kim, 'Kim Lead'],
    [olga, 'Olga Owner'],
    [omar, 'Omar Owner'],
    [frida, 'Frida Owner'],
  ];
  for (const [person, name] of names) azure.profiles.set(personKey(person), profileOf(person, name));
  azure.groups.set(AZURE_TEAM, new Set([personKey(dana), personKey(kim)]));
  const errors: string[] = [];
  const deps: AccessDeps = {
    store,
    directory: azure.directory,
    guests: azure.guests,
    entitlements: azure.entitlements,
    policySource: { current: () => policy.now },
    clock: { now: () => clock.at, inDoubt: () => clock.doubt },
    ids: {
      newRequestId: () => `AR-${randomBytes(4).toString('hex').toUpperCase()}`,
      sha256: (text) => createHash('sha256').update(text).digest('hex'),
    },
    log: { ...quiet, error: (event) => void errors.push(event) },
  };
  const access = createAccess(deps);
  const seen = new Set<string>();
  const firstTime = async (key: string): Promise<boolean> => seen.size < seen.add(key).size;
  const sweep = (): Promise<SweepReport> => createSweep({ ...deps, firstTime })('contoso');
  const settle = async (): Promise<void> => {
    for (let claim = store.claimDue(clock.at); claim; claim = store.claimDue(clock.at)) {
      await access.runJob(claim).catch((error: unknown) => {
        if (!(error instanceof StateConflict)) throw error;
      });
      store.lapse(claim);
    }
  };
  const pass = async (ms: number): Promise<void> => {
    const until = clock.at + ms;
    await settle();
    for (;;) {
      const next = Math.min(...[...store.jobs.values()].map((job) => job.at));
      if (next > until) break;
      clock.at = Math.max(clock.at, next);
      await settle();
    }
    clock.at = until;
  };
  const ask: House['ask'] = (changes = {}) =>
    access.request({
      requester: dana,
      customerSlug: 'contoso',
      roleName: 'contributor',
      durationMs: 2 * HOUR,
      justification: 'incident 42',
      replyTo: danasChat,
      ...changes,
    });
  return { access, sweep, errors, store, azure, policy, clock, pass, settle, ask };
}
