import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { baseObjects } from './base-objects.ts';
import { checkObjects } from './check-objects.ts';
import {
  apiServerArgs,
  controllerManagerArgs,
  etcdArgs,
  schedulerArgs,
  type ControlPlaneSettings,
} from './control-plane.ts';
import { renderCorefile } from './full-plane.ts';
import { renderKubeconfig } from './kubeconfig.ts';
import { renderCni, renderContainerd, renderKubelet, nodePaths, zoneOf } from './node-config.ts';
import { controlPlaneCertificates, nodeCertificate, renderExtensions } from './pki.ts';

const settings: ControlPlaneSettings = {
  pki: '/p',
  etcdData: '/e',
  etcdPort: 1,
  etcdPeerPort: 2,
  apiPort: 3,
  bindAddress: '127.0.0.1',
  advertiseAddress: '192.0.2.1',
  serviceRange: '10.96.0.0/16',
  controllerManagerPort: 4,
  schedulerPort: 5,
  kubeconfigs: '/k',
  withoutNodes: false,
};

describe('the control plane', () => {
  it('keeps etcd on the loopback, without fsync only where that etcd can', () => {
    expect(etcdArgs(settings, false)).toContain('--listen-client-urls=http://127.0.0.1:1');
    expect(etcdArgs(settings, false)).not.toContain('--unsafe-no-fsync');
    expect(etcdArgs(settings, true)).toContain('--unsafe-no-fsync');
    expect(etcdArgs(settings, true).join(' ')).not.toContain('0.0.0.0');
  });

  it('can aggregate APIs that pods serve', () => {
    const args = apiServerArgs(settings);
    expect(args).toContain('--enable-aggregator-routing=true');
    expect(args.filter((arg) => arg.startsWith('--requestheader-'))).toHaveLength(5);
    expect(args).toContain('--proxy-client-cert-file=/p/front.crt');
  });

  it('decides about scaling every 5 s and makes volumes', () => {
    const args = controllerManagerArgs(settings);
    expect(args).toContain('--horizontal-pod-autoscaler-sync-period=5s');
    expect(args).toContain('--enable-hostpath-provisioner=true');
  });

  it('lets the node controllers rest where there are no nodes', () => {
    const found = (withoutNodes: boolean): boolean =>
      controllerManagerArgs({ ...settings, withoutNodes }).some((arg) => arg.startsWith('--controllers='));
    expect([found(true), found(false)]).toEqual([true, false]);
  });

  it('names every file absolutely, since it runs in /', () => {
    const all = [
      ...etcdArgs(settings, false),
      ...apiServerArgs(settings),
      ...controllerManagerArgs(settings),
      ...schedulerArgs(settings),
    ];
    const files = all.filter((arg) => /-(file|dir|kubeconfig)=/.test(arg) || arg.startsWith('--kubeconfig='));
    expect(files.length).toBeGreaterThan(10);
    for (const arg of files) expect(arg.split('=')[1]).toMatch(/^\//);
  });
});

describe('a node', () => {
  const paths = nodePaths({ home: '/h', run: '/run/tsvc/dev' }, 1);

  it('lies in zones a, b and c in turn', () => {
    expect([0, 1, 2, 3].map(zoneOf)).toEqual(['zone-a', 'zone-b', 'zone-c', 'zone-a']);
  });

  it('keeps its sockets where their paths are short', () => {
    const longest = nodePaths({ home: '/h', run: `/run/tsvc/${'x'.repeat(20)}` }, 8);
    expect(Buffer.byteLength(`${longest.socket}.ttrpc`)).toBeLessThan(108);
  });

  it('gives its pods a range of their own and does not hide their addresses', () => {
    const cni = JSON.parse(renderCni(paths, 1)) as { plugins: { ipMasq?: boolean; ipam?: { ranges: unknown } }[] };
    expect(cni.plugins[0]?.ipam?.ranges).toEqual([[{ subnet: '10.244.1.0/24' }]]);
    expect(cni.plugins[0]?.ipMasq).toBe(false);
  });

  it('runs containers where scores may not be lowered, with paths that may hold anything', () => {
    const strange = { home: '/a "b"\\c', run: '/r', socket: '/r/s' };
    const toml = renderContainerd(strange, 'pause:1');
    expect(toml).toContain('restrict_oom_score_adj = true');
    expect(toml).toContain(String.raw`root = "/a \"b\"\\c/containerd"`);
  });

  it('runs a kubelet that trusts the cluster alone and keeps its groups in its own', () => {
    const settingsOf = { paths, pki: '/p', name: 'node-1', cgroup: 'tsvc-dev/node-1', resolvConf: '/r' };
    const kubelet = parse(renderKubelet(settingsOf)) as Record<string, unknown>;
    expect(kubelet).toMatchObject({
      authentication: { anonymous: { enabled: false }, x509: { clientCAFile: '/p/ca.crt' } },
      authorization: { mode: 'Webhook' },
      cgroupRoot: '/tsvc-dev/node-1',
      containerRuntimeEndpoint: 'unix:///run/tsvc/dev/1/containerd.sock',
      failCgroupV1: false,
      readOnlyPort: 0,
    });
  });
});

describe('certificates', () => {
  it('name every address under which the API server is asked', () => {
    const [server] = controlPlaneCertificates(['127.0.0.1', '10.96.0.1']);
    expect(renderExtensions(server!)).toContain('IP:127.0.0.1,IP:10.96.0.1');
    expect(renderExtensions(server!)).toContain('DNS:kubernetes.default.svc');
  });

  it('give a node the name and the group that its rights hang on', () => {
    expect(nodeCertificate('node-0', '172.30.0.10')).toMatchObject({
      commonName: 'system:node:node-0',
      organization: 'system:nodes',
    });
  });

  it('let the aggregator sign with an authority that signs no users', () => {
    expect(
      controlPlaneCertificates([])
        .filter(({ authority }) => authority === 'front-ca')
        .map(({ name }) => name),
    ).toEqual(['front']);
  });
});

describe('files of a cluster', () => {
  it('hold the certificates in the kubeconfig itself', () => {
    const text = renderKubeconfig({
      name: 'n',
      server: 'https://127.0.0.1:1',
      ca: 'CA',
      certificate: 'CERT',
      key: 'KEY',
    });
    expect(parse(text)).toMatchObject({
      'current-context': 'n',
      clusters: [
        {
          cluster: {
            server: 'https://127.0.0.1:1',
            'certificate-authority-data': Buffer.from('CA').toString('base64'),
          },
        },
      ],
      users: [{ user: { 'client-key-data': Buffer.from('KEY').toString('base64') } }],
    });
  });

  it('make `standard` the default StorageClass and give CoreDNS no more than reading', () => {
    const objects = parseAllDocuments(baseObjects()).map(
      (doc) => doc.toJS() as { kind: string; rules?: { verbs: string[] }[] },
    );
    expect(objects.map(({ kind }) => kind)).toEqual(['ClusterRole', 'ClusterRoleBinding', 'StorageClass']);
    expect(objects[0]?.rules?.flatMap(({ verbs }) => verbs).every((verb) => ['list', 'watch'].includes(verb))).toBe(
      true,
    );
  });

  it('answer names of the cluster only', () => {
    expect(renderCorefile('/k')).toContain('kubernetes cluster.local in-addr.arpa');
    expect(renderCorefile('/k')).not.toContain('forward');
  });

  it('check with pods that the strictest Pod Security level admits', () => {
    const objects = parseAllDocuments(checkObjects('ns', 2)).map((doc) => doc.toJS() as Record<string, never>);
    const pods = objects
      .map((object) => object['spec']?.['template'] as unknown)
      .filter((template) => template !== undefined);
    expect(pods).toHaveLength(3);
    for (const pod of pods) {
      expect(pod).toMatchObject({
        spec: { securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } } },
      });
    }
  });
});
