import type { Fault, HistoryEntry } from '@tagservice/fault-proxy';
import { describe, expect, it } from 'vitest';
import { missingWatches } from './missing-watches.ts';

type Watch = { resource?: string; ended?: boolean; faults?: Fault['kind'][]; labelSelector?: string; verb?: string };

const watch = ({ resource = 'tagservices', ended = false, faults = [], ...more }: Watch): HistoryEntry =>
  ({
    verb: 'watch',
    group: 'tagservice.dev',
    resource,
    path: `/apis/tagservice.dev/v1alpha1/${resource}?watch=true`,
    faults: faults.map((kind) => ({ kind })),
    ...(ended && { ended: 1 }),
    ...more,
  }) as unknown as HistoryEntry;

const path = (resource: string): string => `/apis/tagservice.dev/v1alpha1/${resource}`;

describe('a watch is missing', () => {
  it('when a fault has ended it, until it is opened again', () => {
    const cut = watch({ ended: true, faults: ['truncate'] });
    expect(missingWatches([cut])).toEqual([path('tagservices')]);
    expect(missingWatches([cut, watch({})])).toEqual([]);
  });

  it('when events were hidden from it: the end of that will end it too', () => {
    const blind = watch({ faults: ['hide'] });
    expect(missingWatches([blind])).toEqual([path('tagservices')]);
    expect(missingWatches([blind, watch({ ended: true }), watch({})])).toEqual([]);
  });

  it('when what was opened instead was refused', () => {
    const cut = watch({ ended: true, faults: ['gone'] });
    expect(missingWatches([cut, watch({ ended: true })])).toEqual([path('tagservices')]);
  });

  it('of another resource or another selection', () => {
    const cut = watch({ ended: true, faults: ['gone'] });
    const others = [watch({ resource: 'tagserviceoperations' }), watch({ labelSelector: 'a=b' })];
    expect(missingWatches([cut, ...others])).toEqual([path('tagservices')]);
  });

  it('not when it ended by itself, only waits, or is no watch', () => {
    const list = watch({ verb: 'list', ended: true, faults: ['answer'] });
    expect(missingWatches([watch({ ended: true }), watch({ faults: ['hold'] }), list])).toEqual([]);
  });
});
