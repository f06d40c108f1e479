import { openLocalPort } from './local-port.ts';
import type { Forward } from './types.ts';

/** Reads the local port out of a line of `kubectl port-forward`. */
export function forwardedPort(line: string): number | undefined {
  const match = /^Forwarding from 127\.0\.0\.1:(\d+) /.exec(line);
  return match === null ? undefined : Number(match[1]);
}

/** Opens a port on 127.0.0.1 by `kubectl port-forward` (the way into a cluster that is somewhere else). */
export function portForward(kubectl: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Forward> {
  const command = [kubectl, 'port-forward', '--address=127.0.0.1', ...args];
  return openLocalPort({ command, portIn: forwardedPort, what: `The port-forward (${args.join(' ')})`, env });
}
