import type { Obstacle } from './ports.ts';

/** What the sender typed cannot be understood. `hint` shows a right example. Only the sender sees it. */
export class InvalidCommand extends Error {
  override readonly name = 'InvalidCommand';
  readonly hint: string;
  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/** Why something that was understood is not allowed. Every code has its sentence in `chat/replies.ts`. */
export type RefusalCode =
  | 'unlinked'
  | 'accountDisabled'
  | 'guestAccount'
  | 'foreignPlace'
  | 'noRule'
  | 'roleNotOffered'
  | 'tooLong'
  | 'selfApproval'
  | 'notApprover'
  | 'alreadyDecidedByYou'
  | 'wrongPlace'
  | 'staleCard'
  | 'alreadyPending'
  | 'alreadyGranted'
  | 'rateLimited'
  | 'notYours'
  | 'notAllowedToSee'
  | 'preflight'
  | 'agentGroupMember'
  | 'clockInDoubt'
  | 'policyChanged'
  | 'notRunning'
  | 'cannotBeLonger';

/** Understood, and not allowed. `facts` fill the sentence: ids, times (epoch ms), names looked up by us. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly code: RefusalCode;
  readonly facts: Readonly<Record<string, string | number>>;
  constructor(code: RefusalCode, message: string, facts: Readonly<Record<string, string | number>> = {}) {
    super(message);
    this.code = code;
    this.facts = facts;
  }
}

/** The thing named does not exist, or the sender may not know that it does. `near` holds the closest right names. */
export class NotFound extends Error {
  override readonly name = 'NotFound';
  readonly near: readonly string[];
  constructor(message: string, near: readonly string[] = []) {
    super(message);
    this.near = near;
  }
}

/** Somebody else was faster: the record has moved on since it was read. */
export class StateConflict extends Error {
  override readonly name = 'StateConflict';
}

/** A dependency did not answer, or asked us to wait. Nothing is known to be wrong with the input. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
  readonly retryAfterMs: number;
  /**
   * @param retryAfterMs when trying again makes sense, in ms from now
   */
  constructor(message: string, retryAfterMs: number, options?: ErrorOptions) {
    super(message, options);
    this.retryAfterMs = retryAfterMs;
  }
}

/** The operator has to change something (configuration, consent, a lock in the customer's tenant). */
export class Misconfigured extends Error {
  override readonly name = 'Misconfigured';
  /** What to do about it, in one sentence. */
  readonly remedy: string;
  /** Which kind of obstacle it is, where that is known. */
  readonly obstacle: Obstacle['code'] | undefined;
  constructor(
    message: string,
    remedy: string,
    options?: ErrorOptions & { obstacle?: Obstacle['code'] | undefined },
  ) {
    super(message, options);
    this.remedy = remedy;
    this.obstacle = options?.obstacle;
  }
}
