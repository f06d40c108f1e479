import type { Cluster } from '@tagservice/cluster';
import { describe, expect, it } from 'vitest';
import { diagnose, unreadyPods } from './diagnose.ts';

const pod = (name: string, ready: string | undefined) => ({
  metadata: { name, namespace: 'tags' },
  ...(ready === undefined ? {} : { status: { conditions: [{ type: 'Ready', status: ready }] } }),
});

const running = { name: 'local', state: 'degraded', provider: 'embedded', profile: 'full', nodes: [] };

describe('what is shown after a failure', () => {
  it('is about pods that are not ready, or of which nothing is known', () => {
    const items = [pod('well', 'True'), pod('ill', 'False'), pod('new', undefined)];
    expect(unreadyPods({ items }).map((one) => one.name)).toEqual(['ill', 'new']);
  });

  it('has the parts of the cluster, the objects, and the events and logs of the ill pods', async () => {
    const kubectl = (args: readonly string[]) => {
      const stdout = args.includes('json')
        ? JSON.stringify({ items: [pod('ill', 'False')] })
        : `answer to ${args.slice(0, 2).join(' ')}`;
      return Promise.resolve({ exitCode: 0, stdout, stderr: '' });
    };
    const status = () => Promise.resolve({ ...running, components: [{ name: 'kube-proxy-0', running: false }] });
    const text = await diagnose({ kubectl, status } as unknown as Cluster, ['tags']);
    expect(text).toMatch(/kube-proxy-0 +is gone/);
    expect(text).toContain('$ kubectl get tsvc,deploy,sts,pods --namespace tags');
    expect(text).toContain('involvedObject.name=ill');
    expect(text).toContain('answer to logs ill');
  });
});
