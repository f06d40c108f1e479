import { ConfigMap, connect, createCache } from '@tagservice/controller-runtime';
import { serveInformer } from './events.ts';

// Our cache as a measured process.
await serveInformer(async ({ kubeconfig, namespace }, observe) => {
  const client = connect({ kubeconfig, userAgent: 'bench-ours', timeoutMs: 60_000 });
  const cache = createCache({ client, namespaces: [namespace] });
  const informer = cache.informer(ConfigMap);
  informer.addHandler({
    update: (_before, { data }) => {
      observe(data);
    },
  });
  await cache.start();
  return { size: () => informer.store.size };
});
