import { describe, expect, it } from 'vitest';
import { STATUS_INVARIANTS } from './status.invariants.ts';
import type { Judged, StatusView, WorkloadView } from './status.view.ts';

type Condition = { type: string; status?: string; reason?: string; message?: string; generation?: number; at?: string };

/** A TagService whose status holds these conditions. */
function judged(conditions: readonly Condition[], { generation = 2, root = 2, epoch = 0 } = {}): Judged {
  return {
    metadata: { uid: 'one', generation },
    status: {
      observedGeneration: root,
      ...(epoch > 0 && { redis: { epoch } }),
      conditions: conditions.map(({ type, status = 'True', reason = 'AllPartsReady', message = 'm', ...rest }) => ({
        type,
        status,
        reason,
        message,
        ...(rest.generation !== -1 && { observedGeneration: rest.generation ?? root }),
        lastTransitionTime: rest.at ?? '2026-11-21T12:00:00Z',
      })),
    },
  } as unknown as Judged;
}

const view = (after: Judged, more: Partial<StatusView> = {}): StatusView => ({
  after,
  atRest: false,
  workloads: [],
  ...more,
});

const ready: Condition = { type: 'Ready' };
const notReady: Condition = { type: 'Ready', status: 'False', reason: 'KafkaUnreachable' };
const reconciling: Condition = { type: 'Reconciling', reason: 'KafkaUnreachable' };
const stalled: Condition = { type: 'Stalled', reason: 'NameTaken' };
const workload: WorkloadView = {
  name: 'Deployment demo-api',
  generation: 3,
  observedGeneration: 3,
  replicas: 2,
  updated: 2,
  ready: 2,
};
const later = '2026-11-21T12:00:09Z';

type Sample = {
  readonly number: number;
  readonly holds: readonly StatusView[];
  readonly breaks: readonly StatusView[];
};

const samples: readonly Sample[] = [
  { number: 1, holds: [view(judged([ready]))], breaks: [view(judged([])), view(judged([reconciling]))] },
  {
    number: 2,
    holds: [view(judged([ready])), view(judged([ready, { type: 'Frozen' }])), view(judged([notReady, reconciling]))],
    breaks: [view(judged([ready, { type: 'Degraded' }])), view(judged([ready, stalled]))],
  },
  {
    number: 3,
    holds: [view(judged([notReady, stalled])), view(judged([{ ...ready, generation: 1 }, reconciling]))],
    breaks: [view(judged([ready, reconciling])), view(judged([ready, stalled]))],
  },
  {
    number: 4,
    holds: [view(judged([notReady, stalled]))],
    breaks: [view(judged([notReady, stalled, reconciling]))],
  },
  {
    number: 5,
    holds: [view(judged([ready])), view(judged([ready], { generation: 3, root: 2 }))],
    breaks: [view(judged([ready], { generation: 1, root: 2 }))],
  },
  {
    number: 6,
    holds: [
      view(judged([ready])),
      view(judged([ready], { generation: 3, root: 2 })),
      view(judged([notReady], { generation: 3, root: 2 }), { atRest: true }),
    ],
    breaks: [
      view(judged([ready], { generation: 3, root: 2 }), { atRest: true }),
      view(judged([ready, { type: 'ApiReady', generation: 1 }])),
    ],
  },
  {
    number: 7,
    holds: [view(judged([ready, { type: 'ApiReady' }])), view(judged([notReady, { type: 'ApiReady', generation: 1 }]))],
    breaks: [view(judged([ready, { type: 'ApiReady', generation: 1 }]))],
  },
  {
    number: 8,
    holds: [
      view(judged([ready])),
      view(judged([notReady, reconciling])),
      view(judged([{ ...notReady, reason: 'NameTaken' }, stalled, { type: 'Degraded', reason: 'NameTaken' }])),
    ],
    breaks: [
      view(judged([notReady])),
      view(judged([notReady, stalled])),
      view(judged([notReady, { ...reconciling, message: 'other' }])),
    ],
  },
  {
    number: 9,
    holds: [view(judged([notReady, reconciling]))],
    breaks: [
      view(judged([ready, { ...reconciling, status: 'False' }])),
      view(judged([ready, { ...stalled, status: 'Unknown' }])),
    ],
  },
  { number: 10, holds: [view(judged([ready]))], breaks: [view(judged([{ ...ready, generation: -1 }]))] },
  {
    number: 11,
    holds: [view(judged([{ ...notReady, status: 'Unknown' }, reconciling])), view(judged([ready]))],
    breaks: [view(judged([{ ...notReady, status: 'Unknown' }]))],
  },
  {
    number: 12,
    holds: [view(judged([{ ...ready, generation: 1 }, reconciling])), view(judged([ready]))],
    breaks: [view(judged([{ ...ready, generation: 1 }, reconciling, { type: 'Degraded' }]))],
  },
  {
    number: 13,
    holds: [
      view(judged([ready])),
      view(judged([ready]), { before: judged([ready]) }),
      view(judged([{ ...ready, at: later }]), { before: judged([notReady]) }),
      view(judged([ready]), { before: judged([notReady]) }),
      view(judged([ready, { ...reconciling, at: later }]), { before: judged([ready]) }),
      view(judged([ready]), { before: judged([{ ...notReady, at: later }]), wrongTime: true }),
    ],
    breaks: [
      view(judged([{ ...ready, at: later }]), { before: judged([ready]), wrongTime: true }),
      view(judged([{ ...ready, at: later }]), { before: judged([ready]) }),
      view(judged([ready]), { before: judged([{ ...notReady, at: later }]) }),
    ],
  },
  {
    number: 14,
    holds: [view(judged([ready])), view(judged([notReady, reconciling]))],
    breaks: [
      view(judged([{ ...ready, reason: 'Whatever' }])),
      view(judged([{ ...ready, status: 'False' }])),
      view(judged([notReady, { ...reconciling, reason: 'AllPartsReady' }])),
    ],
  },
  {
    number: 15,
    holds: [
      view(judged([ready]), { workloads: [workload] }),
      view(judged([notReady]), { workloads: [{ ...workload, ready: 0 }] }),
      view(judged([{ ...ready, generation: 1 }]), { workloads: [{ ...workload, observedGeneration: 2 }] }),
    ],
    breaks: [
      view(judged([ready]), { workloads: [{ ...workload, ready: 0 }] }),
      view(judged([ready]), { workloads: [{ ...workload, updated: 1 }] }),
      view(judged([ready]), { workloads: [{ ...workload, observedGeneration: 2 }] }),
    ],
  },
  {
    number: 16,
    holds: [
      view(judged([ready])),
      view(judged([ready], { epoch: 4 }), { before: judged([ready], { epoch: 3, root: 1 }) }),
    ],
    breaks: [
      view(judged([ready], { root: 1 }), { before: judged([ready]) }),
      view(judged([ready], { epoch: 3 }), { before: judged([ready], { epoch: 4 }) }),
    ],
  },
  {
    number: 18,
    holds: [view(judged([ready]))],
    breaks: [view(judged([{ ...ready, message: 'x'.repeat(17_000) }]))],
  },
];

describe('the status oracle', () => {
  it('has samples for every rule about a status', () => {
    expect(samples.map(({ number }) => number)).toEqual(STATUS_INVARIANTS.map(({ number }) => number));
  });

  for (const { number, name, check } of STATUS_INVARIANTS) {
    const sample = samples.find((one) => one.number === number);
    it(`${String(number)} accepts where ${name}`, () => {
      for (const one of sample?.holds ?? []) expect(check(one)).toBeUndefined();
    });

    it(`${String(number)} tells where it is not so that ${name}`, () => {
      expect(sample?.breaks.length).toBeGreaterThan(0);
      for (const one of sample?.breaks ?? []) expect(check(one)).toEqual(expect.any(String));
    });
  }
});
