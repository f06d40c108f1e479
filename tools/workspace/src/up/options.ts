import { parseArgs } from 'node:util';

/** What the command line of `npm run up` and `npm run down` says. */
export interface UpOptions {
  readonly verb: 'up' | 'down';
  readonly name: string;
  readonly provider: 'embedded' | 'kind' | undefined;
  readonly context: string | undefined;
  readonly nodes: number | undefined;
  readonly help: boolean;
}

/** The command line asks for something that does not exist. */
export class UpUsageError extends Error {
  override readonly name = 'UpUsageError';
}

export const usage = `usage: npm run up   [-- --name NAME] [--provider embedded|kind] [--nodes N] [--context CONTEXT]
       npm run down [-- --name NAME] [--provider embedded|kind] [--context CONTEXT]

up    From whatever is there to tags of a real page: a cluster, the images, the operator, a development Kafka, a sample site and
      a TagService called demo in the namespace tags. Run it again at any time: it finishes what is missing and changes nothing else.
down  Removes the cluster and everything in it. With --context: removes only what up has installed there.

  --name NAME        name of the cluster that up makes (default: tagservice)
  --provider NAME    embedded: a Kubernetes of our own in network namespaces (Linux, root); kind: in Docker. Default: kind where a
                     Docker engine and kind are there, else embedded
  --nodes N          worker nodes of the cluster (default: 1; kind: 3)
  --context CONTEXT  use a cluster that your kubeconfig knows instead. Its nodes must be able to pull the images that you name in
                     TAGSERVICE_REGISTRY (prefix to which the images of this checkout have been pushed)
  --help             this text`;

const nodesLimit = 9;

function nodeCount(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= nodesLimit) return count;
  throw new UpUsageError(`--nodes ${text}: give a whole number from 1 to ${String(nodesLimit)}.`);
}

function providerName(text: string | undefined): UpOptions['provider'] {
  if (text === undefined || text === 'embedded' || text === 'kind') return text;
  throw new UpUsageError(`--provider ${text}: there are embedded and kind; for your own cluster use --context.`);
}

/** Reads `up ...` or `down ...`. Throws UpUsageError with what is wrong and how to put it right. */
export function parseUpOptions(args: readonly string[]): UpOptions {
  const [verb, ...rest] = args;
  if (verb !== 'up' && verb !== 'down') throw new UpUsageError(`"${verb ?? ''}" is neither up nor down.`);
  const options = {
    name: { type: 'string' },
    provider: { type: 'string' },
    context: { type: 'string' },
    nodes: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  } as const;
  const { values } = parse(() => parseArgs({ args: [...rest], options, allowPositionals: false }));
  if (values.context !== undefined && values.provider !== undefined)
    throw new UpUsageError('--context names a cluster that is there; leave out --provider.');
  return {
    verb,
    name: values.name ?? 'tagservice',
    provider: providerName(values.provider),
    context: values.context,
    nodes: nodeCount(values.nodes),
    help: values.help ?? false,
  };
}

function parse<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new UpUsageError(error instanceof Error ? error.message : String(error));
  }
}
