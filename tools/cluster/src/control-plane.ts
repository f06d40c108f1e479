import { join } from 'node:path';

/** What the arguments of the control plane depend on. Files are absolute: the processes run in `/`. */
export type ControlPlaneSettings = {
  pki: string;
  etcdData: string;
  etcdPort: number;
  etcdPeerPort: number;
  apiPort: number;
  /** Where the API server listens. */
  bindAddress: string;
  /** Address that is published to pods. */
  advertiseAddress: string;
  serviceRange: string;
  /** Ports of the controller-manager's and the scheduler's own health endpoints; 0 turns them off. */
  controllerManagerPort: number;
  schedulerPort: number;
  /** Folder of the kubeconfig files `controller-manager.kubeconfig`, `scheduler.kubeconfig`. */
  kubeconfigs: string;
  /** Run only those controllers that make sense without nodes. */
  withoutNodes: boolean;
};

/** Arguments of etcd. The data of a development cluster need not survive a power cut: no fsync, and writes cost nothing. */
export function etcdArgs(settings: ControlPlaneSettings, supportsNoFsync: boolean): string[] {
  const client = `http://127.0.0.1:${String(settings.etcdPort)}`;
  const peer = `http://127.0.0.1:${String(settings.etcdPeerPort)}`;
  return [
    '--name=etcd',
    `--data-dir=${settings.etcdData}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=etcd=${peer}`,
    '--auto-compaction-retention=1',
    ...(supportsNoFsync ? ['--unsafe-no-fsync'] : []),
  ];
}

/** Arguments of kube-apiserver. */
export function apiServerArgs(settings: ControlPlaneSettings): string[] {
  const pki = (file: string): string => join(settings.pki, file);
  return [
    `--etcd-servers=http://127.0.0.1:${String(settings.etcdPort)}`,
    `--bind-address=${settings.bindAddress}`,
    `--advertise-address=${settings.advertiseAddress}`,
    `--secure-port=${String(settings.apiPort)}`,
    `--service-cluster-ip-range=${settings.serviceRange}`,
    `--client-ca-file=${pki('ca.crt')}`,
    `--tls-cert-file=${pki('apiserver.crt')}`,
    `--tls-private-key-file=${pki('apiserver.key')}`,
    `--kubelet-client-certificate=${pki('kubelet-client.crt')}`,
    `--kubelet-client-key=${pki('kubelet-client.key')}`,
    // Node names are in no DNS: without this `kubectl logs` fails.
    '--kubelet-preferred-address-types=InternalIP',
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${pki('sa.pub')}`,
    `--service-account-signing-key-file=${pki('sa.key')}`,
    `--requestheader-client-ca-file=${pki('front-ca.crt')}`,
    '--requestheader-allowed-names=front-proxy-client',
    '--requestheader-username-headers=X-Remote-User',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    `--proxy-client-cert-file=${pki('front.crt')}`,
    `--proxy-client-key-file=${pki('front.key')}`,
    // The API server's namespace has no kube-proxy: it reaches aggregated APIs and webhooks at their pods.
    '--enable-aggregator-routing=true',
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    '--allow-privileged=true',
    // A development cluster ends at once: no one else's connections must drain.
    '--shutdown-delay-duration=0s',
  ];
}

/** Arguments of kube-controller-manager. HPA periods are those of a developer's patience, not of production. */
export function controllerManagerArgs(settings: ControlPlaneSettings): string[] {
  const pki = (file: string): string => join(settings.pki, file);
  return [
    `--kubeconfig=${join(settings.kubeconfigs, 'controller-manager.kubeconfig')}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${String(settings.controllerManagerPort)}`,
    `--service-account-private-key-file=${pki('sa.key')}`,
    `--root-ca-file=${pki('ca.crt')}`,
    `--cluster-signing-cert-file=${pki('ca.crt')}`,
    `--cluster-signing-key-file=${pki('ca.key')}`,
    '--use-service-account-credentials=true',
    '--leader-elect=false',
    '--enable-hostpath-provisioner=true',
    '--horizontal-pod-autoscaler-sync-period=5s',
    '--horizontal-pod-autoscaler-cpu-initialization-period=20s',
    '--horizontal-pod-autoscaler-initial-readiness-delay=5s',
    // A node that fell silent is noticed in 20 s instead of 50 s.
    '--node-monitor-grace-period=20s',
    '--node-monitor-period=2s',
    ...(settings.withoutNodes ? ['--controllers=*,-node-ipam-controller,-node-lifecycle-controller'] : []),
  ];
}

/** Arguments of kube-scheduler. */
export function schedulerArgs(settings: ControlPlaneSettings): string[] {
  return [
    `--kubeconfig=${join(settings.kubeconfigs, 'scheduler.kubeconfig')}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${String(settings.schedulerPort)}`,
    '--leader-elect=false',
  ];
}
