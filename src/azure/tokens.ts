import type { AccessToken, TokenCredential } from '@azure/core-auth';
import { Misconfigured, Unavailable } from '../access/errors.ts';
import type { AppIdentity } from './azure-config.ts';
import { isMicrosoftLogin } from './azure-config.ts';
import { buildCredential } from './credentials.ts';
import { explainLogin } from './login-errors.ts';
import type { LoginAnswer } from './login-errors.ts';
import { parseObject } from './fault.ts';
import { pipelineOptions } from './pipeline.ts';
import { DeadlinePassed, findRetryAfterMs, withDeadline } from './wire.ts';

/** Access tokens of one app registration, for any tenant. */
export interface Tokens {
  /**
   * A token that is good for some minutes at least. Equal questions asked together are one question to Entra ID.
   * @throws {Unavailable} when Entra ID does not answer within 10 s, or asks us to wait
   * @throws {ConsentMissing} when the tenant's admin has not consented, or has switched the app off
   * @throws {Misconfigured} when secret, certificate, federation or tenant id are wrong
   */
  get(ask: TokenAsk): Promise<AccessToken>;
  /**
   * Makes the next question about a tenant a new one: a token keeps the permissions it was issued with for about an
   * hour, so a refusal may be outdated the moment somebody has consented. At most once a minute.
   */
  forget(tenantId: string): void;
  /** The same as a credential for SDK clients, bound to one tenant and scope. */
  credentialFor(tenantId: string, scope: string): TokenCredential;
}

/** Tenant, and scope such as `https://graph.microsoft.com/.default`. */
export interface TokenAsk {
  tenantId: string;
  scope: string;
  /** A claims challenge to answer. */
  claims?: string | undefined;
}

interface TokenDeps {
  identity: AppIdentity;
  authorityHost: string;
  ca: string[] | undefined;
  observeDate(header: string | undefined): void;
  monotonicMs(): number;
  /** No token takes longer. Ms. */
  tokenDeadlineMs: number;
}

const IDENTITY_RETRY_MS = 5_000;
const FORGET_AGAIN_MS = 60_000;
/** Longest time a tenant is left alone because Entra ID asked for it. Ms. */
const LONGEST_HOLD_MS = 60_000;

interface TokenState extends TokenDeps {
  shared: TokenCredential;
  /** Credentials of tenants that failed once: the library answers a failure again from memory for a minute. */
  own: Map<string, TokenCredential>;
  inFlight: Map<string, Promise<AccessToken>>;
  answers: Map<string, LoginAnswer>;
  heldUntil: Map<string, number>;
  forgottenAt: Map<string, number>;
  assertionFailure: unknown;
}

/** Tokens over one shared credential; a tenant whose sign-in failed goes on with a fresh one of its own. */
export function createTokens(deps: TokenDeps): Tokens {
  const state: TokenState = {
    ...deps,
    shared: undefined as unknown as TokenCredential,
    own: new Map(),
    inFlight: new Map(),
    answers: new Map(),
    heldUntil: new Map(),
    forgottenAt: new Map(),
    assertionFailure: undefined,
  };
  state.shared = freshCredential(state);
  const get = (ask: TokenAsk) => shareFlight(state, ask);
  return {
    get,
    forget: (tenantId) => forget(state, tenantId.toLowerCase()),
    credentialFor: (tenantId, scope) => ({
      getToken: (_scopes, options) => get({ tenantId, scope, claims: options?.claims }),
    }),
  };
}

function freshCredential(state: TokenState): TokenCredential {
  const { origin } = new URL(state.authorityHost);
  const microsoft = isMicrosoftLogin(state.authorityHost);
  const pipeline = pipelineOptions(
    {
      mayReach: (asked) => asked === origin || (microsoft && isMicrosoftLogin(asked)),
      onAnswer: (response, url) => {
        state.observeDate(response.headers.get('date'));
        const tenantId = url.pathname.split('/')[1]?.toLowerCase() ?? '';
        state.answers.set(tenantId, {
          status: response.status,
          codes: errorCodes(response.status, response.bodyAsText ?? ''),
          retryAfterMs: findRetryAfterMs((name) => response.headers.get(name)),
        });
      },
    },
    state.ca,
  );
  return buildCredential({
    identity: state.identity,
    authorityHost: state.authorityHost,
    pipeline,
    onAssertionFailure: (error) => {
      state.assertionFailure = error;
    },
  });
}

function errorCodes(status: number, text: string): string[] {
  const codes = status < 400 ? undefined : parseObject(text)?.['error_codes'];
  return Array.isArray(codes) ? codes.map(String) : [];
}

function forget(state: TokenState, tenantId: string): void {
  const now = state.monotonicMs();
  const last = state.forgottenAt.get(tenantId);
  if (last !== undefined && now - last < FORGET_AGAIN_MS) return;
  state.forgottenAt.set(tenantId, now);
  state.own.set(tenantId, freshCredential(state));
}

function shareFlight(state: TokenState, ask: TokenAsk): Promise<AccessToken> {
  const key = `${ask.tenantId}|${ask.scope}|${ask.claims ?? ''}`.toLowerCase();
  const running = state.inFlight.get(key);
  if (running) return running;
  const flight = fetchToken(state, ask).finally(() => state.inFlight.delete(key));
  state.inFlight.set(key, flight);
  return flight;
}

async function fetchToken(state: TokenState, ask: TokenAsk): Promise<AccessToken> {
  const tenantId = ask.tenantId.toLowerCase();
  const holdMs = (state.heldUntil.get(tenantId) ?? 0) - state.monotonicMs();
  if (holdMs > 0) throw new Unavailable('Entra ID asked us to wait before signing in again.', holdMs);
  const credential = state.own.get(tenantId) ?? state.shared;
  state.answers.delete(tenantId);
  state.assertionFailure = undefined;
  try {
    return await withDeadline(state.tokenDeadlineMs, 'Signing in to Azure', () =>
      demandToken(credential, ask),
    );
  } catch (error) {
    state.own.set(tenantId, freshCredential(state));
    throw failureOf(state, tenantId, error);
  }
}

async function demandToken(credential: TokenCredential, ask: TokenAsk): Promise<AccessToken> {
  const token = await credential.getToken(ask.scope, {
    tenantId: ask.tenantId,
    ...(ask.claims !== undefined && { claims: ask.claims }),
  });
  if (!token?.token) throw new Error('Entra ID answered without a token');
  return token;
}

function failureOf(state: TokenState, tenantId: string, error: unknown): Error {
  const failure = state.assertionFailure;
  if (failure instanceof Misconfigured) return failure;
  if (failure !== undefined) {
    return new Unavailable('The managed identity of this host gave no token.', IDENTITY_RETRY_MS, {
      cause: failure,
    });
  }
  const late = error instanceof DeadlinePassed;
  const answer = late ? undefined : state.answers.get(tenantId);
  const explained = explainLogin({
    tenantId,
    clientId: state.identity.clientId,
    answer,
    error,
  });
  if (explained instanceof Unavailable && answer?.retryAfterMs !== undefined) {
    const holdMs = Math.min(answer.retryAfterMs, LONGEST_HOLD_MS);
    state.heldUntil.set(tenantId, state.monotonicMs() + holdMs);
  }
  return explained;
}

/** The claims of a token of ours. Read, not verified: it came straight from Entra ID over TLS. */
export function claimsOf(token: string): { objectId: string; roles: readonly string[] } {
  const body = parseObject(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
  const objectId = body?.['oid'];
  if (typeof objectId !== 'string') {
    throw new Misconfigured(
      'The access token names no service principal, so nothing can be told to be ours.',
      'Ask the administrator of the tenant to consent to the app, which creates its service principal.',
    );
  }
  const roles = body?.['roles'];
  return { objectId: objectId.toLowerCase(), roles: Array.isArray(roles) ? roles.map(String) : [] };
}
