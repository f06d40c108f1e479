import { describe, expect, it } from 'vitest';
import { BenchFailure } from '../errors.ts';
import { plainKubeconfig, portOf, withPort } from './kubeconfig.ts';

const kubeconfig = `apiVersion: v1
clusters:
  - name: test
    cluster:
      server: https://127.0.0.1:6443
      certificate-authority-data: MTI3LjAuMC4xOjY0NDM=
`;

describe('a kubeconfig', () => {
  it('tells its port and leads through another one, with nothing else changed', () => {
    expect(portOf(kubeconfig)).toBe(6443);
    expect(withPort(kubeconfig, 7000)).toBe(kubeconfig.replace('6443', '7000'));
    expect(portOf(withPort(kubeconfig, 7000))).toBe(7000);
  });

  it('of another machine is refused: the benchmark works on this one only', () => {
    expect(() => portOf('server: https://example.com:6443')).toThrow(BenchFailure);
  });

  it('for a recorded server needs no credentials', () => {
    expect(JSON.parse(plainKubeconfig(8080))).toMatchObject({
      clusters: [{ cluster: { server: 'http://127.0.0.1:8080' } }],
      users: [{ user: {} }],
    });
  });
});
