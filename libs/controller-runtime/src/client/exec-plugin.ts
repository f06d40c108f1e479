import { execFile } from 'node:child_process';
import process from 'node:process';
import { promisify } from 'node:util';
import { ConfigurationError } from './errors.ts';
import type { ExecSettings, KubeconfigCluster } from './kubeconfig.ts';

/** What a plugin tells. */
export interface ExecCredential {
  token?: string;
  clientCertificateData?: string;
  clientKeyData?: string;
  /** RFC 3339; absent: good until it is refused. */
  expirationTimestamp?: string;
}

/** A plugin that asks nobody is done within seconds; one that hangs must not hang us. */
const longestRunMs = 30_000;
const run = promisify(execFile);

/** Runs the program of a kubeconfig's `exec` (client.authentication.k8s.io) and keeps what it told for as long as that is good. */
export class ExecPlugin {
  readonly #settings: ExecSettings;
  readonly #cluster: KubeconfigCluster;
  #told: ExecCredential | undefined;

  constructor(settings: ExecSettings, cluster: KubeconfigCluster) {
    this.#settings = settings;
    this.#cluster = cluster;
  }

  /** Throws ConfigurationError when the program fails or tells nothing that can be used. */
  async credential(): Promise<ExecCredential> {
    const { expirationTimestamp } = this.#told ?? {};
    const isGood = expirationTimestamp === undefined || Date.parse(expirationTimestamp) > Date.now();
    if (this.#told === undefined || !isGood) this.#told = await this.#run();
    return this.#told;
  }

  async #run(): Promise<ExecCredential> {
    const { command, args, env } = this.#settings;
    const given = Object.fromEntries((env ?? []).map(({ name, value }) => [name, value]));
    const environment = { ...process.env, ...given, KUBERNETES_EXEC_INFO: JSON.stringify(this.#information()) };
    try {
      const { stdout } = await run(command, args ?? [], { env: environment, timeout: longestRunMs });
      return (JSON.parse(stdout) as { status?: ExecCredential }).status ?? {};
    } catch (error) {
      // Neither its output nor its cause: both may hold the credential.
      const { code, stderr } = error as { code?: unknown; stderr?: string };
      const why = stderr?.trim().slice(0, 500) ?? '';
      throw new ConfigurationError(`The credential plugin ${command} failed (${String(code ?? 'no JSON')}): ${why}`);
    }
  }

  #information(): object {
    const { apiVersion = 'client.authentication.k8s.io/v1', provideClusterInfo } = this.#settings;
    const { server, 'tls-server-name': name, 'certificate-authority-data': authority } = this.#cluster;
    const cluster = { server, 'tls-server-name': name, 'certificate-authority-data': authority };
    return {
      apiVersion,
      kind: 'ExecCredential',
      spec: { interactive: false, ...(provideClusterInfo === true && { cluster }) },
    };
  }
}
