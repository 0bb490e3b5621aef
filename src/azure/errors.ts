import { Misconfigured, Refused, Unavailable } from '../access/errors.ts';
import type { Obstacle } from '../access/ports.ts';
import { AzureFault } from './fault.ts';
import { ConsentMissing } from './login-errors.ts';

/** What was being done when a service refused: decides whether a refusal ends a grant or keeps a removal stuck. */
export interface Task {
  /** `give` makes or lengthens access, `take` removes it, `read` looks. */
  direction: 'give' | 'take' | 'read';
  /** Completes "Azure did not …": `assign the role at /subscriptions/…`. */
  doing: string;
  /** What our app must hold for it: a Graph permission or an Azure role. */
  needs: string;
}

interface Row {
  codes?: readonly string[];
  status?: number;
  /** Last resort where the code says nothing. */
  text?: RegExp;
  toError(fault: AzureFault, task: Task): Error;
}

const RETRY_MS = 5_000;
const THROTTLED_RETRY_MS = 10_000;
const SETTLING_RETRY_MS = 2_000;

/** Codes that say that the subscription, group or resource is not there. */
const GONE: ReadonlySet<string> = new Set([
  'SubscriptionNotFound',
  'ResourceGroupNotFound',
  'ResourceNotFound',
  'ParentResourceNotFound',
  'InvalidSubscriptionId',
]);

/** True when the answer says that the scope itself is gone. */
export function isScopeGone(fault: unknown): fault is AzureFault {
  return fault instanceof AzureFault && fault.api === 'arm' && GONE.has(fault.code ?? '');
}

/** True when the service itself, not somebody in between, says that the thing asked for is not there. */
export function isNotFound(fault: unknown): fault is AzureFault {
  return fault instanceof AzureFault && fault.status === 404 && fault.code !== undefined;
}

/** A refusal as an obstacle in the port's words: what happened, what was not done, what to do. */
export function refuse(obstacle: Obstacle): Refused {
  const { code, message, remedy } = obstacle;
  return new Refused('preflight', message, { obstacle: code, message, remedy });
}

const ARM_ROWS: readonly Row[] = [
  { codes: ['ExpiredAuthenticationToken'], toError: unavailable(RETRY_MS) },
  {
    status: 401,
    toError: misconfigured(
      'Azure Resource Manager does not accept our token',
      'Check that AZURE_AUTHORITY_HOST, ARM_ENDPOINT and ARM_SCOPE belong to one cloud, and that the subscription belongs to the tenant named for the customer.',
    ),
  },
  {
    codes: ['RequestDisallowedByPolicy'],
    toError: giveOrStuck('cannotAssign', {
      message: "A policy of the customer's Azure forbids this role assignment",
      remedy: 'Ask the customer to exempt role assignments made by Latchkey from that Azure Policy.',
    }),
  },
  {
    codes: ['DenyAssignmentAuthorizationFailed'],
    toError: giveOrStuck('denied', {
      message: 'A deny assignment in the customer’s Azure forbids it',
      remedy:
        'Ask the customer to exclude the app from the deny assignment (of a managed application or deployment stack).',
    }),
  },
  { status: 403, toError: notAuthorized },
  {
    codes: ['PrincipalNotFound'],
    toError: unavailable(SETTLING_RETRY_MS, 'Azure does not know the new guest everywhere yet.'),
  },
  {
    codes: ['UnmatchedPrincipalType'],
    toError: misconfigured(
      'The account found for the engineer is no user',
      'Check which object of the customer tenant has the id that Latchkey uses for the engineer.',
    ),
  },
  {
    codes: ['RoleAssignmentLimitExceeded'],
    toError: giveOrStuck('assignmentLimit', {
      message: 'The subscription has as many role assignments as Azure allows',
      remedy: 'Ask the customer to remove role assignments that nobody needs.',
    }),
  },
  {
    codes: ['RoleDefinitionDoesNotExist', 'RoleDefinitionNotFound'],
    toError: giveOrStuck('roleUnknown', {
      message: 'The role does not exist in this tenant or may not be assigned at this scope',
      remedy: 'Correct the role definition id in the policy file.',
    }),
  },
  {
    codes: ['RoleAssignmentUpdateNotPermitted'],
    toError: misconfigured(
      'Another role assignment has the name that ours would have',
      'Ask for the access again: a new request has a new name.',
    ),
  },
  {
    codes: ['ReadOnlyDisabledSubscription', 'DisabledSubscription', 'SubscriptionNotRegistered'],
    toError: giveOrStuck('subscriptionDisabled', {
      message: 'The subscription is disabled and cannot be changed',
      remedy: 'Ask the customer to enable the subscription again.',
    }),
  },
  {
    codes: ['ScopeLocked'],
    toError: giveOrStuck('locked', {
      message: 'A lock keeps role assignments at this scope from being changed',
      remedy: 'Ask the customer to remove the lock from the scope or from what contains it.',
    }),
  },
  {
    status: 412,
    toError: misconfigured(
      'Azure keeps the last administrator of the scope',
      'Ask the customer to give another account the same role at the scope; Latchkey then removes this one.',
    ),
  },
  {
    codes: [...GONE],
    toError: giveOrStuck('scopeUnknown', {
      message: 'The subscription, resource group or resource is not there',
      remedy: 'Correct the scope in the policy file.',
    }),
  },
  { status: 409, toError: unavailable(SETTLING_RETRY_MS) },
];

const GRAPH_ROWS: readonly Row[] = [
  {
    status: 401,
    toError: misconfigured(
      'Microsoft Graph does not accept our token',
      'Check that AZURE_AUTHORITY_HOST and GRAPH_ENDPOINT belong to one cloud.',
    ),
  },
  {
    status: 403,
    text: /cross-tenant access settings/i,
    toError: refused('invitesOff', {
      message: "The customer's cross-tenant access settings block guests from the engineer's organisation",
      remedy: 'Ask the customer to allow inbound B2B collaboration from your tenant in Entra ID.',
    }),
  },
  {
    status: 403,
    text: /invitations not allowed/i,
    toError: refused('invitesOff', {
      message: "The customer's tenant does not let apps invite guests",
      remedy:
        'Ask the customer to set "Guest invite settings" in Entra ID to allow invitations by members or everyone.',
    }),
  },
  { status: 403, toError: permissionMissing },
  {
    status: 400,
    text: /blocked from signing in/i,
    toError: refused('guestBlocked', {
      message: "The customer has blocked the engineer's guest account",
      remedy: 'Ask the customer whether to let the guest sign in again; Latchkey never does that by itself.',
    }),
  },
  {
    status: 400,
    text: /already exists in the directory as object ID|verified domain of this directory|Non-external user already exists/i,
    toError: refused('guestBlocked', {
      message: "An account of the customer's own has the engineer's mail address, so no guest can be invited",
      remedy: 'Ask the customer to free the address, or have the engineer use another account.',
    }),
  },
  {
    status: 400,
    text: /proxyAddresses/,
    toError: refused('guestBlocked', {
      message: "A contact or another object of the customer's tenant has the engineer's mail address",
      remedy: 'Ask the customer to remove that mail contact.',
    }),
  },
  {
    status: 404,
    toError: unavailable(SETTLING_RETRY_MS, 'The directory does not know the object everywhere yet.'),
  },
  { status: 409, toError: unavailable(SETTLING_RETRY_MS) },
];

/** Turns what a service said into the port's kinds of error. What is no fault of a service passes through. */
export function explain(error: unknown, task: Task): unknown {
  if (!(error instanceof AzureFault)) return error;
  const { status, retryAfterMs } = error;
  if (status === 429) return unavailable(retryAfterMs ?? THROTTLED_RETRY_MS)(error, task);
  if (status === undefined || status >= 500 || status === 408) {
    return unavailable(retryAfterMs ?? RETRY_MS)(error, task);
  }
  const rows = error.api === 'arm' ? ARM_ROWS : GRAPH_ROWS;
  const row = rows.find((candidate) => matches(candidate, error));
  if (row) return row.toError(error, task);
  const code = error.code ?? String(status);
  return misconfigured(
    `${serviceOf(error)} refused with ${code}`,
    'Look at the log for what it said, and correct the configuration it names.',
  )(error, task);
}

/** Runs something and translates its faults. */
export async function translated<T>(task: Task, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw explain(error, task);
  }
}

function matches(row: Row, fault: AzureFault): boolean {
  if (row.codes && !row.codes.includes(fault.code ?? '')) return false;
  if (row.status !== undefined && row.status !== fault.status) return false;
  return !row.text || row.text.test(fault.message);
}

function serviceOf(fault: AzureFault): string {
  return fault.api === 'arm' ? 'Azure Resource Manager' : 'Microsoft Graph';
}

function unavailable(retryAfterMs: number, why?: string) {
  return (fault: AzureFault, task: Task): Error => {
    const reason =
      why ?? `${serviceOf(fault)} ${fault.status === 429 ? 'asks us to slow down' : 'is not ready'}.`;
    return new Unavailable(`${reason} It did not ${task.doing}.`, retryAfterMs, { cause: fault });
  };
}

function misconfigured(message: string, remedy: string, obstacle?: Obstacle['code']) {
  return (fault: AzureFault, task: Task): Error =>
    new Misconfigured(`${message}. It did not ${task.doing}.`, remedy, { cause: fault, obstacle });
}

function refused(code: Obstacle['code'], { message, remedy }: { message: string; remedy: string }) {
  return (_: AzureFault, task: Task): Error =>
    refuse({ code, message: `${message}. Nothing was made: Azure did not ${task.doing}.`, remedy });
}

/** A refusal while giving ends the grant; while taking it keeps the grant stuck until somebody acts. */
function giveOrStuck(code: Obstacle['code'], words: { message: string; remedy: string }) {
  return (fault: AzureFault, task: Task): Error =>
    task.direction === 'take'
      ? misconfigured(words.message, words.remedy, code)(fault, task)
      : refused(code, words)(fault, task);
}

function notAuthorized(fault: AzureFault, task: Task): Error {
  return new Misconfigured(
    `Our app may not ${task.doing}: it lacks the right there, or its condition does not list the role, or the scope does not exist.`,
    `Give the app ${task.needs}; a new right takes up to ten minutes to work.`,
    { cause: fault, obstacle: task.direction === 'give' ? 'cannotAssign' : 'cannotRemove' },
  );
}

function permissionMissing(fault: AzureFault, task: Task): Error {
  return new ConsentMissing(
    `Microsoft Graph does not let our app ${task.doing}.`,
    `Have an administrator of the tenant consent to ${task.needs}; where that is done, the account may hold an administrator role, which the customer has to remove first.`,
    { cause: fault },
  );
}
