import { CoreV1Api, KubeConfig, makeInformer, type V1ConfigMap } from '@kubernetes/client-node';
import { serveInformer } from './events.ts';

// The official informer as a measured process, used as its example shows: started again when it gives up.
await serveInformer(async ({ kubeconfig, namespace }, observe) => {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const informer = makeInformer<V1ConfigMap>(config, path, () => core.listNamespacedConfigMap({ namespace }));
  informer.on('update', ({ data }) => {
    observe(data);
  });
  informer.on('error', () => {
    setTimeout(() => void informer.start(), 1_000);
  });
  await informer.start();
  return { size: () => informer.list(namespace).length };
});
