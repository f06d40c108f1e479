import { readFileSync } from 'node:fs';
import { checkCluster } from './check.ts';
import { helpText, parseCommand, type Request, type Verb } from './cli-args.ts';
import { UsageError } from './errors.ts';
import { explain } from './explain.ts';
import { openCluster } from './open.ts';
import { consoleReport } from './report.ts';
import { exec } from './run.ts';
import { enterNode } from './shell.ts';
import { describeStatus } from './status-text.ts';
import type { Cluster } from './types.ts';

/** Exit codes: 0 done, 1 failed, 3 down, 4 degraded, 64 wrong usage. */
type ExitCode = number;
type Handler = (cluster: Cluster, request: Request) => Promise<ExitCode>;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const seconds = (value: number): string => `${value.toFixed(1)} s`;

const up: Handler = async (cluster) => {
  const { changed, seconds: took } = await cluster.up();
  const what = changed ? `is up after ${seconds(took)}` : 'is up; nothing had to be changed';
  say(`The cluster "${cluster.name}" ${what}.`);
  say(`  export KUBECONFIG=${cluster.kubeconfig}`);
  if (cluster.provider === 'embedded')
    say(`  npm run cluster -- shell --name ${cluster.name}    # with kubectl and helm in the path`);
  return 0;
};

const down: Handler = async (cluster) => {
  const { changed, seconds: took } = await cluster.down();
  if (cluster.provider === 'context') say('A cluster that was there before stays as it is.');
  else
    say(
      changed
        ? `The cluster "${cluster.name}" is gone after ${seconds(took)}.`
        : `There is no cluster "${cluster.name}".`,
    );
  return 0;
};

const status: Handler = async (cluster, request) => {
  const found = await cluster.status();
  say(request.json ? JSON.stringify(found, undefined, 2) : describeStatus(found));
  return { up: 0, down: 3, degraded: 4 }[found.state];
};

const onNode =
  (act: (cluster: Cluster, node: string) => Promise<void>, done: string): Handler =>
  async (cluster, request) => {
    const node = request.operands[0] ?? '';
    await act(cluster, node);
    say(`${node} ${done}.`);
    return 0;
  };

const kubeconfig: Handler = async (cluster, request) => {
  // Asks for nothing but the file: usable while the API server is away.
  const { state } = await cluster.status();
  if (state === 'down')
    throw new UsageError(
      `The cluster "${cluster.name}" does not run.`,
      `Start it: npm run cluster -- up --name ${cluster.name}`,
    );
  say(request.content ? readFileSync(cluster.kubeconfig, 'utf8').trimEnd() : cluster.kubeconfig);
  return 0;
};

const load: Handler = async (cluster, request) => {
  await cluster.load(request.operands);
  return 0;
};

const logs: Handler = async (cluster, request) => {
  const sources = await cluster.logs();
  const [part] = request.operands;
  if (part === undefined) {
    for (const source of sources) say(`${source.name.padEnd(26)}${source.path}`);
    return 0;
  }
  const found = sources.find((source) => source.name === part);
  if (found === undefined) {
    const known = sources.map((source) => source.name).join(', ');
    throw new UsageError(
      `There is no log of "${part}".`,
      known === '' ? 'The cluster does not run.' : `There are: ${known}.`,
    );
  }
  const follow = request.follow ? ['-n', '40', '-F'] : ['-n', '+1'];
  return (await exec('tail', [...follow, found.path], { output: 'inherit', allowFailure: true })).exitCode;
};

const shell: Handler = async (cluster, request) => {
  const { state } = await cluster.status();
  if (state === 'down')
    throw new UsageError(
      `The cluster "${cluster.name}" does not run.`,
      `Start it: npm run cluster -- up --name ${cluster.name}`,
    );
  const interactive = process.env['SHELL'] ?? '/bin/sh';
  const command = request.operands.length > 0 ? request.operands : [interactive];
  return enterNode({ cluster, node: request.node, command });
};

const check: Handler = async (_cluster, request) => {
  await checkCluster({
    name: request.name === 'dev' ? 'check' : request.name,
    nodes: request.nodes ?? 2,
    report: consoleReport(),
  });
  return 0;
};

const handlers: Record<Verb, Handler> = {
  up,
  down,
  status,
  'stop-node': onNode((cluster, node) => cluster.stopNode(node), 'is stopped'),
  'start-node': onNode((cluster, node) => cluster.startNode(node), 'is Ready'),
  'cut-node': onNode((cluster, node) => cluster.cutNode(node), 'is cut off'),
  'heal-node': onNode((cluster, node) => cluster.healNode(node), 'has its link back'),
  kubeconfig,
  load,
  logs,
  shell,
  check,
};

/** Runs the command line and returns the exit code. */
async function main(argv: readonly string[]): Promise<ExitCode> {
  const parsed = parseCommand(argv);
  if ('help' in parsed) {
    say(helpText(parsed.help));
    return 0;
  }
  const { name, provider, profile, nodes, context, controllerManager } = parsed;
  const cluster = openCluster({
    name,
    provider,
    profile,
    controllerManager,
    report: consoleReport(),
    ...(nodes === undefined ? {} : { nodes }),
    ...(context === undefined ? {} : { context }),
  });
  return handlers[parsed.verb](cluster, parsed);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = error instanceof UsageError ? 64 : 1;
}
