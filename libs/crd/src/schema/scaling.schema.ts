import { minBelowMax } from '../rules.ts';
import { section, whole } from '../schema-kit.ts';

export const scalingSchema = section(
  'How many pods there are. The HorizontalPodAutoscalers do the counting; nothing else writes replicas.',
  {
    compute: section(
      'Workers, by the length of the queue.',
      {
        min: whole('Least pods. Default 1.', { min: 1, max: 1_000 }).default(1),
        max: whole(
          'Most pods. Default 20. The operator applies the smaller of this and kafka.requests.partitions, because further pods would have nothing to read; it is not an error to write more.',
          { min: 1, max: 1_000 },
        ).default(20),
        target: section('What is aimed at.', {
          lagPerReplica: whole(
            'Waiting messages per pod. Default 100. Wanted pods = waiting messages / this, rounded up. While the number waiting is unknown, the number of pods is held.',
            {
              min: 1,
              max: 1_000_000,
            },
          ).default(100),
        }),
      },
      { rules: [minBelowMax('compute')] },
    ),
    api: section(
      'HTTP pods, by how full they are.',
      {
        min: whole('Least pods. Default 2. With 1 an update or a lost node interrupts the service for seconds.', {
          min: 1,
          max: 1_000,
        }).default(2),
        max: whole('Most pods. Default 10.', { min: 1, max: 1_000 }).default(10),
        targetUtilization: whole('Percent of the requests in flight that the pods may hold together. Default 70.', {
          min: 1,
          max: 100,
        }).default(70),
      },
      { rules: [minBelowMax('api')] },
    ),
  },
);
