import { ConfigMap, connect } from '@tagservice/controller-runtime';
import { serveCalls } from './calls.ts';

// Our client as a measured process.
await serveCalls((kubeconfig) => {
  const client = connect({ kubeconfig, userAgent: 'bench-ours', timeoutMs: 60_000 });
  return {
    get: async (namespace, name) => ({ data: (await client.get(ConfigMap, { namespace, name })).data }),
    list: async (namespace) => (await client.list(ConfigMap, { namespace })).items.length,
    patch: ({ namespace, name, message }) =>
      client.patch(ConfigMap, { namespace, name }, { patch: { data: { message } } }),
  };
});
