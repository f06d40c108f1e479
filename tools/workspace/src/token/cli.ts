import { CommandFailed, PrerequisiteMissing, ensureTool, exec, succeeds } from '@tagservice/cluster';
import { NoTokenToMake, authOf, mintToken } from './mint.ts';
import type { ServiceView } from './mint.ts';
import { TokenUsageError, parseTokenOptions, usage } from './options.ts';
import type { TokenOptions } from './options.ts';

/** kubectl of this machine with its own kubeconfig, or the pinned one where there is none. */
async function kubectlOf({ namespace, context }: TokenOptions) {
  const program = (await succeeds('kubectl', ['version', '--client'])) ? 'kubectl' : await ensureTool('kubectl');
  const where = ['--namespace', namespace, ...(context === undefined ? [] : ['--context', context])];
  return async (...args: readonly string[]) => (await exec(program, [...where, ...args])).stdout;
}

async function token(options: TokenOptions): Promise<string> {
  const kubectl = await kubectlOf(options);
  const service = JSON.parse(await kubectl('get', 'tagservice', options.service, '-o', 'json')) as ServiceView;
  authOf(service);
  const path = String.raw`jsonpath={.data.signing\.jwk}`;
  const signingJwk = await kubectl('get', 'secret', `${options.service}-api-keys`, '-o', path);
  return mintToken({
    options,
    service,
    signingJwk: Buffer.from(signingJwk, 'base64').toString('utf8'),
    nowMs: Date.now(),
  });
}

try {
  const options = parseTokenOptions(process.argv.slice(2));
  console.log(options === undefined ? usage : await token(options));
} catch (error) {
  const isUsage = error instanceof TokenUsageError;
  const isTold =
    error instanceof NoTokenToMake || error instanceof CommandFailed || error instanceof PrerequisiteMissing;
  if (!isUsage && !isTold) throw error;
  console.error(isUsage ? `${error.message}\n\n${usage}` : error.message);
  process.exitCode = isUsage ? 2 : 1;
}
