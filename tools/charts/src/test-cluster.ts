import { ensureTool, startApiServer, type ApiServer } from '@tagservice/cluster';
import { runProgram, type Ended } from './helm.ts';

/** A real API server on which charts and manifests are tried; nothing runs on it. */
export type TestCluster = {
  /** Kubeconfig with all rights. */
  readonly kubeconfig: string;
  kubectl(args: readonly string[], input?: string): Promise<Ended>;
  stop(): Promise<void>;
};

/** Starts it with a namespace that enforces the restricted Pod Security Standard, and warns of what would not pass. */
export async function startTestCluster(namespaces: readonly string[]): Promise<TestCluster> {
  const server = await startApiServer();
  const kubectl = await kubectlOf(server);
  const labels = {
    'pod-security.kubernetes.io/enforce': 'restricted',
    'pod-security.kubernetes.io/warn': 'restricted',
  };
  const objects = namespaces.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }));
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  const made = await kubectl(['apply', '--server-side', '-f', '-'], list);
  if (made.code === 0) return { kubeconfig: server.kubeconfig, kubectl, stop: async () => server.stop() };
  await server.stop();
  throw new TestClusterUnusable(made.stderr);
}

/** The API server started but took no objects. */
export class TestClusterUnusable extends Error {
  constructor(reason: string) {
    super(`the API server for the test takes no objects: ${reason}`);
    this.name = 'TestClusterUnusable';
  }
}

async function kubectlOf(server: ApiServer): Promise<TestCluster['kubectl']> {
  const program = await ensureTool('kubectl');
  return async (args, input) => runProgram(program, ['--kubeconfig', server.kubeconfig, ...args], input);
}
