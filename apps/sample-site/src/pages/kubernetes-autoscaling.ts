import type { Page } from '../page.ts';

export const kubernetesAutoscaling: Page = {
  slug: 'kubernetes-autoscaling',
  language: 'en',
  section: 'Technology',
  title: 'Autoscaling consumers on queue lag instead of CPU',
  description: 'Why a Kubernetes HorizontalPodAutoscaler should watch Kafka consumer lag, and where that goes wrong.',
  author: 'Priya Raman',
  published: '2026-05-20',
  body: `<p>A worker that waits for a slow network uses almost no CPU, however long its queue has grown. An autoscaler that looks at CPU will therefore do nothing exactly when help is needed. For consumers of a message queue the honest signal is the backlog: the number of messages that have been written and not yet processed.</p>
<h2>Measuring lag</h2>
<p>In Apache Kafka each partition has a log end offset, and each consumer group commits the offset it has reached. The difference is the lag. Add it up over the partitions of the topic, expose it through the external metrics API, and let a HorizontalPodAutoscaler divide it by a target per replica. With a lag of 600 and a target of 50 the cluster starts twelve pods.</p>
<h2>The limits</h2>
<p>A partition is consumed by one member of the group at a time. Twelve partitions feed at most twelve pods; the thirteenth is idle. Choose the number of partitions before the traffic comes, because keys move to other partitions when it grows.</p>
<p>Every change of membership triggers a rebalance, during which the consumers stop. If the autoscaler reacts to each wobble, the group spends its time rebalancing, the lag rises, and the autoscaler adds more pods: a feedback loop. A stabilisation window for scaling down and a pause after each rebalance break it.</p>
<h2>Errors are not zero</h2>
<p>When the broker is restarting the metric is missing. Treating an unknown lag as zero scales the deployment to its minimum in the middle of an incident. Hold the last number of replicas instead, raise a condition, and let a human see why.</p>
<p>Finally, check the downstream. If the database behind the workers is saturated, more pods only add contention, and throughput per replica falls. A good controller compares throughput before and after scaling, and stops when more turns out to be less.</p>
`,
};
