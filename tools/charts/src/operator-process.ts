import { freePorts } from '@tagservice/cluster';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parse, stringify } from 'yaml';
import { projectRoot } from './helm.ts';
import type { TestCluster } from './test-cluster.ts';

/** The real operator as a process of this machine that has the rights of a service account, as in a pod. */
export type OperatorProcess = {
  /** Everything it wrote so far. */
  output(): string;
  /** Ends it as a node would; answers its exit code. */
  stop(): Promise<number | null>;
};

export type OperatorIdentity = { readonly namespace: string; readonly serviceAccount: string };

/** Starts it with a token of the service account; `environment` comes on top of what the chart always sets. */
export async function startOperator(
  cluster: TestCluster,
  identity: OperatorIdentity,
  environment: Readonly<Record<string, string>> = {},
): Promise<OperatorProcess> {
  const home = await mkdtemp(join(tmpdir(), 'tagservice-operator-'));
  const kubeconfig = join(home, 'kubeconfig');
  const token = await cluster.kubectl(['create', 'token', identity.serviceAccount, '--namespace', identity.namespace]);
  await writeFile(kubeconfig, withToken(await readFile(cluster.kubeconfig, 'utf8'), token.stdout.trim()));
  const [health = 0, metrics = 0] = await freePorts(2);
  const child = spawn(process.execPath, ['operator/src/main.ts'], {
    cwd: projectRoot,
    env: {
      PATH: process.env['PATH'],
      KUBECONFIG: kubeconfig,
      POD_NAME: 'operator-0',
      POD_NAMESPACE: identity.namespace,
      HEALTH_PORT: String(health),
      METRICS_API_PORT: String(metrics),
      ...environment,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((done) => child.once('exit', done));
  return {
    output: () => output,
    async stop() {
      child.kill('SIGTERM');
      const code = await ended;
      await rm(home, { recursive: true, force: true });
      return code;
    },
  };
}

/** The same cluster, with a token instead of the certificate that has all rights. */
function withToken(kubeconfig: string, token: string): string {
  const config = parse(kubeconfig) as { users: { name: string; user: object }[] };
  return stringify({ ...config, users: config.users.map(({ name }) => ({ name, user: { token } })) });
}
