import { namesOf } from '../children/names.ts';
import type { Step } from '../step/step.ts';
import { lagOutcome } from './scaling.status.ts';

/** How much work waits. A step of its own: what is wrong with an autoscaler says nothing about the queue, and must not hide it. */
export const lagStep: Step = {
  concern: 'lag',
  reports: ['LagKnown'],
  isUnwatched: true,
  async run({ service, lag }) {
    const reading = await lag.read(service);
    return {
      outcomes: { LagKnown: lagOutcome(reading, namesOf(service).topics.requests) },
      status: { scaling: reading.kind === 'known' ? { lag: reading.total } : {} },
    };
  },
};
