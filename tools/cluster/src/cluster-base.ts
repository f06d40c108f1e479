import { NotRunning, NotSupported } from './errors.ts';
import { exec } from './run.ts';
import { ensureTool, toolEnvironment, toolPath } from './toolchain.ts';
import type { Report, RunOptions, RunResult } from './types.ts';

/** What every provider does alike: our own kubectl and helm against its kubeconfig. */
export type Commands = {
  readonly env: NodeJS.ProcessEnv;
  kubectl(args: readonly string[], options?: RunOptions): Promise<RunResult>;
  helm(args: readonly string[], options?: RunOptions): Promise<RunResult>;
};

/** Commands against a kubeconfig; `context` narrows them to one of its contexts. */
export function commandsFor(kubeconfig: string, report: Report, context?: string): Commands {
  const env = toolEnvironment(kubeconfig);
  return {
    env,
    kubectl: async (args, options) => {
      await ensureTool('kubectl', report);
      const chosen = context === undefined ? [] : [`--context=${context}`];
      return exec(toolPath('kubectl'), [...chosen, ...args], { ...options, env });
    },
    helm: async (args, options) => {
      await ensureTool('helm', report);
      const chosen = context === undefined ? [] : [`--kube-context=${context}`];
      return exec(toolPath('helm'), [...chosen, ...args], { ...options, env });
    },
  };
}

/** The error for a verb that this provider or profile does not have. */
export function unsupported(what: string, where: string, remedy: string): NotSupported {
  return new NotSupported(`${what} is not possible ${where}.`, remedy);
}

/** The error for a verb on a cluster that does not run. */
export function notRunning(name: string): NotRunning {
  return new NotRunning(`The cluster "${name}" does not run.`, `Start it with: npm run cluster -- up --name ${name}`);
}
