import { parseArgs } from 'node:util';
import { UsageError } from './errors.ts';
import type { Profile, ProviderName } from './types.ts';

/** Verbs in the order in which the help shows them, each with its operands and one line. */
export const verbs = {
  up: { operands: '', does: 'make the cluster run; on a running one nothing changes' },
  down: { operands: '', does: 'end it and remove everything of it but the cache' },
  status: { operands: '', does: 'what runs; exit code 0 up, 3 down, 4 degraded' },
  'stop-node': { operands: 'NODE', does: 'end all on the node at once, as a power cut would' },
  'start-node': { operands: 'NODE', does: 'start a stopped node and wait until it is Ready' },
  'cut-node': { operands: 'NODE', does: 'take the network link of the node away; its pods go on running' },
  'heal-node': { operands: 'NODE', does: 'give the network link back' },
  kubeconfig: { operands: '', does: 'print the path of the kubeconfig' },
  load: {
    operands: 'FILE...',
    does: 'load image archives (docker save, buildah push docker-archive:) into every node',
  },
  logs: { operands: '[PART]', does: 'list the log files, or print that of one part' },
  shell: { operands: '[-- COMMAND...]', does: 'a shell with KUBECONFIG, kubectl and helm, or one command in it' },
  check: {
    operands: '',
    does: 'prove in a cluster of its own that pods, Services, DNS, volumes and node failures work here',
  },
} as const;

/** A verb of the command line. */
export type Verb = keyof typeof verbs;

/** Flags with what they take, for the parser and for the help. */
export const flags = {
  name: { takes: 'NAME', does: 'which cluster (default dev); several live side by side', only: undefined },
  provider: { takes: 'embedded|kind|context', does: 'where it comes from (default embedded)', only: undefined },
  context: { takes: 'CONTEXT', does: 'with --provider context: which one (default: the current)', only: undefined },
  profile: { takes: 'full|api', does: 'api: etcd and API server alone, no root needed', only: ['up'] },
  nodes: {
    takes: '1..9',
    does: 'worker nodes, in zones a, b, c in turn (default 1; more may be added later)',
    only: ['up', 'check'],
  },
  'with-controller-manager': { takes: '', does: 'in the profile api: run kube-controller-manager too', only: ['up'] },
  json: { takes: '', does: 'print JSON', only: ['status'] },
  content: { takes: '', does: 'print the file itself', only: ['kubeconfig'] },
  follow: { takes: '', does: 'go on printing what is added', only: ['logs'] },
  node: { takes: 'NODE', does: 'inside the namespaces of that node (embedded)', only: ['shell'] },
} as const;

/** Which cluster is meant. */
export type ClusterWords = {
  name: string;
  provider: ProviderName;
  profile: Profile;
  nodes: number | undefined;
  context: string | undefined;
  controllerManager: boolean;
};

/** How the answer is shown. */
export type ShowWords = { json: boolean; content: boolean; follow: boolean; node: string | undefined };

/** What the command line asks for. */
export type Request = { verb: Verb; operands: string[] } & ClusterWords & ShowWords;

/** Either a request, or the wish to read the help (of one verb, or of all). */
export type Parsed = { help: Verb | 'all' } | Request;

const isVerb = (word: string): word is Verb => Object.hasOwn(verbs, word);

/** Reads the command line; throws UsageError with what is wrong and what is possible. */
export function parseCommand(argv: readonly string[]): Parsed {
  const { values, positionals } = split(argv);
  const [verb, ...operands] = positionals;
  if (verb === undefined || verb === 'help') return { help: helpTopic(operands[0]) };
  if (!isVerb(verb)) {
    throw new UsageError(`There is no verb "${verb}".`, `Verbs: ${Object.keys(verbs).join(', ')}.`);
  }
  if (values.help === true) return { help: verb };
  checkFlags(verb, values);
  checkOperands(verb, operands);
  return { verb, operands, ...whichCluster(values), ...howToShow(values) };
}

type Values = ReturnType<typeof split>['values'];

function whichCluster(values: Values): ClusterWords {
  return {
    name: values.name ?? 'dev',
    provider: oneOf('provider', values.provider, ['embedded', 'kind', 'context']) ?? 'embedded',
    profile: oneOf('profile', values.profile, ['full', 'api']) ?? 'full',
    nodes: nodeCount(values.nodes),
    context: values.context,
    controllerManager: values['with-controller-manager'] ?? false,
  };
}

function howToShow(values: Values): ShowWords {
  const { json = false, content = false, follow = false, node } = values;
  return { json, content, follow, node };
}

function split(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        name: { type: 'string' },
        provider: { type: 'string' },
        context: { type: 'string' },
        profile: { type: 'string' },
        nodes: { type: 'string' },
        'with-controller-manager': { type: 'boolean' },
        json: { type: 'boolean' },
        content: { type: 'boolean' },
        follow: { type: 'boolean', short: 'f' },
        node: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    const [first = ''] = String((error as Error).message).split('. ');
    throw new UsageError(`${first}.`, 'See: npm run cluster -- --help', { cause: error });
  }
}

const helpTopic = (word: string | undefined): Verb | 'all' => (word !== undefined && isVerb(word) ? word : 'all');

function checkFlags(verb: Verb, values: Record<string, unknown>): void {
  for (const [flag, { only }] of Object.entries(flags)) {
    const allowed: readonly string[] | undefined = only;
    if (values[flag] !== undefined && allowed !== undefined && !allowed.includes(verb)) {
      throw new UsageError(`--${flag} means nothing to "${verb}".`, `It belongs to: ${allowed.join(', ')}.`);
    }
  }
}

function checkOperands(verb: Verb, operands: readonly string[]): void {
  const shape = verbs[verb].operands;
  const least = shape !== '' && !shape.startsWith('[') ? 1 : 0;
  const most = shape.includes('...') ? Infinity : shape === '' ? 0 : 1;
  if (operands.length < least)
    throw new UsageError(`"${verb}" needs ${shape}.`, `Usage: npm run cluster -- ${verb} ${shape}`);
  if (operands.length > most)
    throw new UsageError(
      `"${verb}" cannot use "${operands[most] ?? ''}".`,
      `Usage: npm run cluster -- ${verb} ${shape}`,
    );
}

function oneOf<T extends string>(flag: string, value: string | undefined, known: readonly T[]): T | undefined {
  if (value === undefined) return undefined;
  const found = known.find((word) => word === value);
  if (found !== undefined) return found;
  throw new UsageError(`--${flag} cannot be "${value}".`, `It is one of: ${known.join(', ')}.`);
}

function nodeCount(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^[1-9]$/.test(value)) return Number(value);
  throw new UsageError(`--nodes cannot be "${value}".`, 'It is a number from 1 to 9.');
}

/** The help text of one verb, or of all. */
export function helpText(topic: Verb | 'all'): string {
  const line = (left: string, right: string): string => `  ${left.padEnd(34)}${right}`;
  const shown = Object.entries(flags).filter(([, { only }]) => {
    const allowed: readonly string[] | undefined = only;
    return topic === 'all' || allowed === undefined || allowed.includes(topic);
  });
  const flagLines = shown.map(([flag, { takes, does }]) => line(`--${flag} ${takes}`.trimEnd(), does));
  if (topic !== 'all') {
    const { operands, does } = verbs[topic];
    const usage = `Usage: npm run cluster -- ${topic} ${operands}`.trimEnd();
    return [`${usage} [flags]`, '', `  ${does}`, '', 'Flags:', ...flagLines, ''].join('\n');
  }
  const verbLines = Object.entries(verbs).map(([verb, { operands, does }]) =>
    line(`${verb} ${operands}`.trimEnd(), does),
  );
  return ['Usage: npm run cluster -- VERB [flags]', '', 'Verbs:', ...verbLines, '', 'Flags:', ...flagLines, ''].join(
    '\n',
  );
}
