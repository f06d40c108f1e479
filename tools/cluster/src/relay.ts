import { openLocalPort } from './local-port.ts';
import { namespaceFile } from './netns.ts';
import { toolPath } from './toolchain.ts';
import type { Forward } from './types.ts';

/** Opens a port on 127.0.0.1 that leads to `target` (ADDRESS:PORT) inside the network namespace. Ends with this process. */
export function forwardInto(options: { namespace: string; target: string }): Promise<Forward> {
  const inside = ['--netns', namespaceFile(options.namespace), '--target', options.target];
  return openLocalPort({
    command: [toolPath('helper'), 'relay', '--listen', '127.0.0.1:0', ...inside],
    portIn: (line) => (/^\d+$/.test(line) ? Number(line) : undefined),
    what: `The relay to ${options.target}`,
  });
}
