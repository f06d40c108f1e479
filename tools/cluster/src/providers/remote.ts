import { commandsFor, unsupported, type Commands } from '../cluster-base.ts';
import { portForward } from '../port-forward.ts';
import { ensureTool } from '../toolchain.ts';
import type {
  ClusterStatus,
  Forward,
  ForwardTarget,
  LogSource,
  ProviderName,
  Report,
  RunOptions,
  RunResult,
} from '../types.ts';
import { viewNodes } from './full-cluster.ts';

/** What kind and a context share: both are reached by nothing but their kubeconfig. */
export abstract class RemoteCluster {
  readonly name: string;
  readonly profile = 'full';
  readonly kubeconfig: string;
  readonly env: NodeJS.ProcessEnv;
  readonly #commands: Commands;
  readonly #report: Report;
  readonly #context: string | undefined;

  constructor(options: { name: string; kubeconfig: string; context?: string | undefined; report: Report }) {
    this.name = options.name;
    this.kubeconfig = options.kubeconfig;
    this.#commands = commandsFor(options.kubeconfig, options.report, options.context);
    this.env = this.#commands.env;
    this.#report = options.report;
    this.#context = options.context;
  }

  kubectl(args: readonly string[], options?: RunOptions): Promise<RunResult> {
    return this.#commands.kubectl(args, options);
  }

  helm(args: readonly string[], options?: RunOptions): Promise<RunResult> {
    return this.#commands.helm(args, options);
  }

  async forward(target: ForwardTarget): Promise<Forward> {
    const kubectl = await ensureTool('kubectl', this.#report);
    const context = this.#context === undefined ? [] : [`--context=${this.#context}`];
    const to = ['-n', target.namespace, `service/${target.service}`, `:${String(target.port)}`];
    return portForward(kubectl, [...context, ...to], this.env);
  }

  /** Nothing of ours runs there that would have a log. */
  logs(): Promise<LogSource[]> {
    return Promise.resolve([]);
  }

  protected async statusAs(provider: ProviderName): Promise<ClusterStatus> {
    await ensureTool('kubectl', this.#report);
    const seen = await viewNodes(this.kubeconfig, this.#context);
    const ready = seen?.filter((node) => node.ready).length ?? 0;
    const state = seen === undefined ? 'down' : ready === seen.length ? 'up' : 'degraded';
    const nodes = (seen ?? []).map(({ name: node, ready: isReady, zone }) => ({
      name: node,
      ready: isReady,
      ...(zone === undefined ? {} : { zone }),
    }));
    return { name: this.name, provider, profile: this.profile, state, components: [], nodes };
  }
}

/** The refusal of a verb that would change a cluster which is not ours, or which a provider cannot do. */
export const refuse = (what: string, provider: ProviderName): Promise<never> =>
  Promise.reject(
    unsupported(what, `with the provider ${provider}`, 'The embedded provider can do it: --provider embedded.'),
  );
