import type { Hindrance } from '../access/grant.ts';

/** The runbook's step for what keeps access from being taken away: one sentence, what to do and by whom. */
export function runbookWords(obstacle: Hindrance | undefined): string {
  return obstacle === undefined ? OTHER : STEPS[obstacle];
}

const OTHER = 'Mend what stops it; the next try then succeeds by itself.';

const STEPS: Readonly<Record<Hindrance, string>> = {
  locked: 'Have the customer remove the lock, and put it back when the card says that the access has ended.',
  denied: 'Have the customer exclude the app from the deny assignment.',
  cannotRemove:
    'Give the app its role and condition at this scope again; that takes up to ten minutes to work.',
  cannotAssign: 'Have the customer exempt role assignments made by Latchkey from their Azure Policy.',
  consentMissing:
    'Have the customer consent again or switch the enterprise application on, and take away any administrator role the guest holds.',
  subscriptionDisabled: 'Have the customer enable the subscription again: until then nobody can change it.',
  scopeUnknown:
    'Look whether the subscription was moved to another tenant or deleted, and correct the policy.',
  roleUnknown: 'Have the customer restore the role definition, or delete the assignment by hand.',
  assignmentLimit: 'Have the customer remove role assignments that nobody needs.',
  guestBlocked: 'Have the customer delete the guest account by hand.',
  invitesOff: 'Have the customer delete the guest account by hand.',
  noMail: 'Have the customer delete the guest account by hand.',
  noAnswer: 'Look at the status of Azure and at the network; nothing else has to be done.',
};
