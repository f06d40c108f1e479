import { CoreV1Api, KubeConfig, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { serveCalls } from './calls.ts';

// The official client as a measured process, used as its README shows.
await serveCalls((kubeconfig) => {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  const mergePatch = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
  return {
    get: async (namespace, name) => ({ data: (await core.readNamespacedConfigMap({ namespace, name })).data }),
    list: async (namespace) => (await core.listNamespacedConfigMap({ namespace, limit: 500 })).items.length,
    patch: ({ namespace, name, message }) =>
      core.patchNamespacedConfigMap({ namespace, name, body: { data: { message } } }, mergePatch),
  };
});
