import type { TagServiceStatus } from '@tagservice/crd';
import { namesOf } from '../children/names.ts';
import { asBefore } from '../step/as-before.ts';
import type { Step, StepReport } from '../step/step.ts';
import { lagOutcome } from './scaling.status.ts';

/** How much work waits. A step of its own: what is wrong with an autoscaler says nothing about the queue, and must not hide it. */
export const lagStep: Step = {
  concern: 'lag',
  reports: ['LagKnown'],
  isUnwatched: true,
  async run({ service, lag }) {
    const reading = await lag.read(service);
    const outcome = lagOutcome(reading, namesOf(service).topics.requests);
    if (reading.kind === 'known')
      return { outcomes: { LagKnown: outcome }, status: { scaling: { lag: reading.total } } };
    if (reading.pending !== true) return { outcomes: { LagKnown: outcome }, status: { scaling: {} } };
    const before = asBefore(service, 'LagKnown');
    const known = before === undefined ? undefined : service.status?.scaling;
    return { outcomes: { LagKnown: before ?? outcome }, status: kept(known), lookAgain: true };
  },
};

const kept = ({ lag }: NonNullable<TagServiceStatus['scaling']> = {}): NonNullable<StepReport['status']> => ({
  scaling: lag === undefined ? {} : { lag },
});
