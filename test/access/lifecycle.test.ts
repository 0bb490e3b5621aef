import type { RequestState } from '../../src/access/access-request.ts';
import { canRequestMove } from '../../src/access/access-request.ts';
import type { GrantState } from '../../src/access/grant.ts';
import { canGrantMove } from '../../src/access/grant.ts';

describe('canRequestMove', () => {
  const states: RequestState[] = ['pending', 'approved', 'denied', 'cancelled', 'timedOut'];
  const allowed = new Set(['pending→approved', 'pending→denied', 'pending→cancelled', 'pending→timedOut']);
  it.each(states.flatMap((from) => states.map((to) => [from, to] as const)))(
    'walks %s to %s only as drawn',
    (from, to) => {
      expect(canRequestMove(from, to)).toBe(allowed.has(`${from}→${to}`));
    },
  );
});

describe('canGrantMove', () => {
  const states: GrantState[] = ['provisioning', 'active', 'revoking', 'stuck', 'ended'];
  const allowed = new Set([
    'provisioning→active',
    'provisioning→revoking',
    'active→revoking',
    'revoking→ended',
    'revoking→stuck',
    'stuck→revoking',
    'stuck→ended',
  ]);
  it.each(states.flatMap((from) => states.map((to) => [from, to] as const)))(
    'walks %s to %s only as drawn',
    (from, to) => {
      expect(canGrantMove(from, to)).toBe(allowed.has(`${from}→${to}`));
    },
  );
});
