import fc from 'fast-check';
import type { Call, Command, Step } from './program.ts';

const CALLS: readonly Call[] = [
  'findProfile',
  'find',
  'invite',
  'remove',
  'assign',
  'move',
  'unassign',
  'preflight',
];

const who = fc.nat({ max: 5 });
const asker = fc.constantFrom(0, 0, 0, 1);
const decider = fc.constantFrom(3, 3, 4, 2, 1, 0, 5);
const which = fc.constantFrom(0, 0, 0, 1, 2);
const minutes = fc.constantFrom(5, 20, 60, 120, 240);
const at = fc.constantFrom(0, 0, 1, 1, 2);
const rarely = <T>(value: T): fc.Arbitrary<T | undefined> =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: 3 }, { arbitrary: fc.constant(value), weight: 1 });

const ask = fc.record({ do: fc.constant('ask' as const), who: asker, role: fc.nat({ max: 1 }), minutes });
const decide = (verdict: 'approve' | 'deny') =>
  fc.record({
    do: fc.constant(verdict),
    who: decider,
    which,
    minutes: fc.oneof(fc.constant(undefined), fc.constantFrom(1, 5, 30)),
    at,
  });
const extend = fc.record({ do: fc.constant('extend' as const), who: asker, which, minutes });
const membership = fc.record({
  do: fc.constant('membership' as const),
  who,
  change: fc.constantFrom('leave' as const, 'join' as const, 'disable' as const, 'enable' as const),
});
const policy = fc.record({
  do: fc.constant('policy' as const),
  change: fc.constantFrom(
    'original' as const,
    'original' as const,
    'shorter' as const,
    'noOwners' as const,
    'mixedSides' as const,
    'noRules' as const,
    'shortContinuous' as const,
  ),
});
const doubt = fc.record({
  do: fc.constant('clock' as const),
  doubt: fc.constantFrom('on' as const, 'off' as const),
});

const act: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: ask, weight: 5 },
  { arbitrary: decide('approve'), weight: 9 },
  { arbitrary: decide('deny'), weight: 1 },
  { arbitrary: fc.record({ do: fc.constant('cancel' as const), who: asker, which }), weight: 1 },
  { arbitrary: fc.record({ do: fc.constant('finish' as const), who: asker, which }), weight: 2 },
  { arbitrary: fc.record({ do: fc.constant('revoke' as const), who: decider, which }), weight: 1 },
  { arbitrary: extend, weight: 3 },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: act, weight: 22 },
  { arbitrary: membership, weight: 1 },
  { arbitrary: policy, weight: 1 },
  { arbitrary: doubt, weight: 1 },
  { arbitrary: fc.record({ do: fc.constant('removeGuests' as const) }), weight: 1 },
);

const inTheMiddle = (what: fc.Arbitrary<Step>, calls: ReadonlyArray<Call | 'memberOf'>) =>
  fc.record({
    do: fc.constant('during' as const),
    call: fc.constantFrom(...calls),
    when: fc.constantFrom('before' as const, 'after' as const),
    lease: fc.constantFrom('kept' as const, 'lost' as const),
    step: fc.oneof(what, fc.record({ do: fc.constant('work' as const) })),
  });

/** Somebody asks, and enough people agree, whatever the stages: the way to access that runs. */
const agreed = fc
  .record({ who: asker, role: fc.nat({ max: 1 }), minutes, works: fc.boolean() })
  .map(({ works, ...asked }): Command[] => [
    { do: 'ask', ...asked },
    ...[2, 3, 4].map((each) => ({
      do: 'approve' as const,
      who: each,
      which: 0,
      minutes: undefined,
      at: each === 2 ? 1 : 0,
    })),
    ...(works ? [{ do: 'work' as const }] : []),
  ]);

/** Somebody ends it while a call is under way and another worker takes over. */
const overtaken = inTheMiddle(
  fc.record({
    do: fc.constant('finish' as const),
    who: fc.constantFrom(0, 0, 1),
    which: fc.constantFrom(0, 0, 1),
  }),
  ['find', 'invite', 'assign', 'move', 'remove', 'unassign'],
);

const single = (commands: fc.Arbitrary<Command>): fc.Arbitrary<Command[]> =>
  commands.map((command) => [command]);
const work = fc.record({ do: fc.constant('work' as const) });

/** What people do, also at the same time: for what is decided by whom. */
export const decisions = (): fc.Arbitrary<Command[]> =>
  fc
    .array(
      fc.oneof(
        {
          arbitrary: single(inTheMiddle(act, ['findProfile', 'memberOf', 'preflight', 'assign'])),
          weight: 3,
        },
        { arbitrary: single(step), weight: 8 },
        { arbitrary: single(decide('approve')), weight: 8 },
        { arbitrary: single(membership), weight: 3 },
        { arbitrary: single(policy), weight: 1 },
        { arbitrary: single(work), weight: 3 },
        { arbitrary: agreed, weight: 1 },
      ),
      { minLength: 3, maxLength: 24, size: 'max' },
    )
    .map((chunks) => chunks.flat());

const broken = fc
  .record({
    do: fc.constant('break' as const),
    call: fc.constantFrom(...CALLS),
    times: fc.constantFrom(1, 2, 8),
    after: rarely('effect' as const),
    kind: fc.constantFrom('passing' as const, 'passing' as const, 'slow' as const, 'hopeless' as const),
  })
  // A clear no has made nothing.
  .map((each) => (each.kind === 'hopeless' ? { ...each, after: undefined } : each));
const brokenStore = fc.record({
  do: fc.constant('breakStore' as const),
  after: rarely('effect' as const),
  skip: fc.nat({ max: 6 }),
});
const pass = fc.record({
  do: fc.constant('pass' as const),
  minutes: fc.constantFrom(1, 11, 60, 125, 241),
});

/** Everything that can happen, in any order. */
export const programs = (): fc.Arbitrary<Command[]> =>
  fc
    .array(
      fc.oneof(
        { arbitrary: single(step), weight: 9 },
        { arbitrary: agreed, weight: 4 },
        { arbitrary: single(work), weight: 3 },
        { arbitrary: single(pass), weight: 2 },
        { arbitrary: single(broken), weight: 3 },
        { arbitrary: single(brokenStore), weight: 1 },
        { arbitrary: single(inTheMiddle(step, ['memberOf', ...CALLS])), weight: 2 },
        { arbitrary: single(overtaken), weight: 3 },
      ),
      { minLength: 2, maxLength: 16, size: 'max' },
    )
    .map((chunks) => chunks.flat());
