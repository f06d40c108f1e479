import type { CONDITION_TYPES } from '@tagservice/crd';

/** How a condition behaves. `always`: stands from the first visit on. `while true`: taken away as soon as it is not true. */
export type ConditionEntry = { readonly stands: 'always' | 'while true'; readonly meaning: string };

/** What every condition says, for the reference. */
export const conditions: Readonly<Record<(typeof CONDITION_TYPES)[number], ConditionEntry>> = {
  Ready: {
    stands: 'always',
    meaning:
      'The summary: True while every part is as declared for the current generation. While it is False, reason and message are those of the part that explains most: what a person has to mend before failed calls, those before trouble that passes, that before mere progress.',
  },
  TopicsReady: { stands: 'always', meaning: 'The three topics are as declared.' },
  RedisReady: { stands: 'always', meaning: 'The store runs as declared.' },
  ApiReady: { stands: 'always', meaning: 'Enough HTTP pods of the current settings are ready.' },
  ComputeReady: { stands: 'always', meaning: 'Enough workers of the current settings are ready.' },
  LagKnown: {
    stands: 'always',
    meaning: 'The number of waiting messages is known. False does not make the service unready: scaling holds.',
  },
  RolloutHealthy: {
    stands: 'always',
    meaning: 'The revision that the spec describes serves, or is on its way without trouble.',
  },
  ScalingActive: {
    stands: 'always',
    meaning: 'Both autoscalers work. False does not make the service unready: the number of pods is held.',
  },
  Stalled: { stands: 'while true', meaning: 'A person has to change something. Never beside Reconciling.' },
  Reconciling: {
    stands: 'while true',
    meaning: 'The operator is at work, or waits for something that passes. Never beside Stalled.',
  },
  Degraded: { stands: 'while true', meaning: 'Something that is declared does not work, or a call failed.' },
  Conflict: {
    stands: 'while true',
    meaning: 'Somebody else has a name or topics that this TagService needs. Nothing of theirs is touched.',
  },
  RolloutProgressing: {
    stands: 'while true',
    meaning: 'Pods are being replaced, and neither spec.freeze nor spec.mode holds that. May stand beside Ready.',
  },
  ScalingLimited: {
    stands: 'while true',
    meaning: 'An autoscaler wants more pods than it may have. May stand beside Ready.',
  },
  Frozen: {
    stands: 'while true',
    meaning: 'spec.freeze holds changes; the message names what is held back. May stand beside Ready.',
  },
};
