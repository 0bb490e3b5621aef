import { Misconfigured, Unavailable } from '../access/errors.ts';

/**
 * The customer's tenant does not let our app in, or not that far: not consented, switched off, or a permission less
 * than needed. Only that tenant is affected.
 */
export class ConsentMissing extends Misconfigured {
  constructor(message: string, remedy: string, options?: ErrorOptions) {
    super(message, remedy, { ...options, obstacle: 'consentMissing' });
  }
}

/** What Entra ID last answered for a tenant. */
export interface LoginAnswer {
  status: number;
  /** AADSTS numbers, without the prefix. */
  codes: readonly string[];
  retryAfterMs: number | undefined;
}

interface LoginFailure {
  tenantId: string;
  clientId: string;
  /** Absent when nobody answered in time. */
  answer: LoginAnswer | undefined;
  error: unknown;
}

const RETRY_MS = 5_000;

/** AADSTS numbers. Source: https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
const SECRET: ReadonlySet<string> = new Set(['7000215', '7000222', '7000218']);
const CERTIFICATE: ReadonlySet<string> = new Set(['700027', '700023', '700024', '50012']);
const FEDERATION: ReadonlySet<string> = new Set(['700213', '70021', '700211', '700212', '700021', '50027']);
const NOT_CONSENTED: ReadonlySet<string> = new Set(['700016', '65001', '500014']);
const SWITCHED_OFF: ReadonlySet<string> = new Set(['7000112']);
const NO_TENANT: ReadonlySet<string> = new Set(['90002', '900023', '90013']);
const SCOPE: ReadonlySet<string> = new Set(['500011', '1002012', '70011']);
const TRANSIENT: ReadonlySet<string> = new Set(['90033', '90024', '50196', '90055']);

/** Turns a failed sign-in into `Unavailable`, `ConsentMissing` or `Misconfigured`, by status and AADSTS number. */
export function explainLogin(failure: LoginFailure): Error {
  const { answer, error } = failure;
  const cause = { cause: boundedCause(error) };
  const code = codeOf(failure);
  const status = answer?.status ?? 0;
  const retry = answer?.retryAfterMs ?? RETRY_MS;
  if (status === 429) return new Unavailable('Entra ID has too much to do for us.', retry, cause);
  if (status >= 500) return new Unavailable(`Entra ID is not well (${status}).`, retry, cause);
  if (code === undefined || TRANSIENT.has(code)) {
    return new Unavailable('Entra ID did not give us a token.', retry, cause);
  }
  const { message, remedy, tenantOnly } = wordsFor(code, failure);
  return tenantOnly ? new ConsentMissing(message, remedy, cause) : new Misconfigured(message, remedy, cause);
}

/** The number from the answer itself; the library keeps it in its message only. */
function codeOf({ answer, error }: LoginFailure): string | undefined {
  const [first] = answer?.codes ?? [];
  if (first !== undefined) return first;
  const message = error instanceof Error ? error.message : '';
  return (/Error\(s\): (\d+)/.exec(message) ?? /AADSTS(\d+)/.exec(message))?.[1];
}

interface LoginWords {
  message: string;
  remedy: string;
  tenantOnly?: boolean;
}

function wordsFor(code: string, { tenantId, clientId }: LoginFailure): LoginWords {
  const said = `(AADSTS${code})`;
  if (SECRET.has(code)) {
    return {
      message: `Entra ID refuses the client secret of app ${clientId} ${said}. Nothing works in any tenant.`,
      remedy: 'Create a new client secret for the app registration and set AZURE_CLIENT_SECRET to its value.',
    };
  }
  if (CERTIFICATE.has(code)) {
    return {
      message: `Entra ID refuses the certificate of app ${clientId} ${said}. Nothing works in any tenant.`,
      remedy:
        'Upload the certificate to the app registration, and check that it and the host clock are valid.',
    };
  }
  if (FEDERATION.has(code)) {
    return {
      message: `App ${clientId} does not trust the token it was shown ${said}. Nothing works in any tenant.`,
      remedy:
        'Make issuer, subject and audience of its federated credential match the identity of this host.',
    };
  }
  if (NOT_CONSENTED.has(code)) {
    return {
      message: `Tenant ${tenantId} has not consented to app ${clientId} ${said}. Nothing was done there.`,
      remedy: `Have an administrator of the tenant open https://login.microsoftonline.com/${tenantId}/adminconsent?client_id=${clientId}.`,
      tenantOnly: true,
    };
  }
  if (SWITCHED_OFF.has(code)) {
    return {
      message: `Tenant ${tenantId} has switched app ${clientId} off ${said}. Nothing was done there.`,
      remedy: 'Ask the customer whether to enable sign-in for the enterprise application again.',
      tenantOnly: true,
    };
  }
  if (NO_TENANT.has(code)) {
    return {
      message: `There is no tenant ${tenantId} in this cloud ${said}.`,
      remedy: 'Correct the tenant id in the policy file or in AZURE_TENANT_ID, or AZURE_AUTHORITY_HOST.',
    };
  }
  if (SCOPE.has(code)) {
    return {
      message: `Entra ID knows no such service for tenant ${tenantId} ${said}.`,
      remedy: 'Check ARM_SCOPE, ARM_ENDPOINT and GRAPH_ENDPOINT: all must belong to the same cloud.',
    };
  }
  return {
    message: `Entra ID refused to sign app ${clientId} in to tenant ${tenantId} ${said}.`,
    remedy: `Look up AADSTS${code} at https://login.microsoftonline.com/error?code=${code} and correct the app registration.`,
  };
}

function boundedCause(error: unknown): Error {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new Error(text.slice(0, 500));
}
