import { z } from 'zod';
import { section } from '../schema-kit.ts';

export const networkSchema = section('What the pods may reach.', {
  policies: z
    .boolean()
    .meta({
      description:
        'Whether a NetworkPolicy bounds where the workers may connect to: name servers, public addresses on ports 80 and 443, their Redis, the brokers, the collector of traces, and compute.fetch.allowedNetworks. Default true. A broker or collector inside the cluster opens its namespace, one outside its port. Policies see pods, not Services: to fetch from a Service, allow the network of its pods as well. Without a network plugin that enforces policies it has no effect.',
    })
    .default(true),
});
