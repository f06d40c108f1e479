import { startApiServer, type ApiServer } from '@tagservice/cluster';
import { startFaultProxy, type FaultProxy } from '@tagservice/fault-proxy';
import type { KubeClient } from '../src/client/client.ts';
import { connect } from '../src/client/connect.ts';

/** A kube-apiserver with a fault proxy before it. */
export type ProxiedApi = {
  readonly proxy: FaultProxy;
  /** Somebody else, past every fault. */
  readonly user: KubeClient;
  stop(): Promise<void>;
};

export async function startProxiedApi(): Promise<ProxiedApi> {
  const api: ApiServer = await startApiServer();
  const proxy = await startFaultProxy({ kubeconfig: api.kubeconfig });
  const user = connect({ kubeconfig: api.kubeconfig, userAgent: 'user/1' });
  const stop = async (): Promise<void> => {
    await user.close();
    await proxy.close();
    await api.stop();
  };
  return { proxy, user, stop };
}
