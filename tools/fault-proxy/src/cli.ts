import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { parseArgs } from 'node:util';
import { FaultProxyError, FaultProxyUsageError } from './errors.ts';
import { startFaultProxy } from './proxy.ts';
import { parseRule, ruleHelp } from './rule-text.ts';
import { countCalls, formatCalls } from './table.ts';
import type { Entrance, FaultRule, HistoryEntry } from './types.ts';

const help = `Puts a proxy in front of a Kubernetes API server that records every request and makes faults.

  node tools/fault-proxy/src/cli.ts --kubeconfig FILE [options] [-- COMMAND...]

  --kubeconfig FILE   the API server and the identity to use (default: $KUBECONFIG)
  --context NAME      a context of it other than the current one
  --name NAME         name of the client in the history (default: client)
  --port N            port of 127.0.0.1 to listen on (default: a free one)
  --as USER           let the API server decide as for this user (impersonation)
  --rule RULE         a fault; may be given several times, the first that fits is used
  --live              print each request when it has ended
  --json              print requests as JSON, one a line, with bodies
  --help

With a COMMAND it runs that with KUBECONFIG set, prints the history when it ends, and ends with its exit code.
Without one it prints the path of the kubeconfig and the history on SIGINT or SIGTERM.

${ruleHelp}
`;

type Options = {
  kubeconfig: string;
  context: string | undefined;
  name: string;
  port: number | undefined;
  as: string | undefined;
  rules: FaultRule[];
  live: boolean;
  json: boolean;
  command: string[];
};

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

function parse(args: readonly string[]): Options | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      kubeconfig: { type: 'string' },
      context: { type: 'string' },
      name: { type: 'string', default: 'client' },
      port: { type: 'string' },
      as: { type: 'string' },
      rule: { type: 'string', multiple: true, default: [] },
      live: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const kubeconfig = values.kubeconfig ?? process.env['KUBECONFIG'];
  if (kubeconfig === undefined) throw new FaultProxyUsageError('Say which API server is meant: --kubeconfig FILE.');
  return {
    ...values,
    kubeconfig,
    context: values.context,
    as: values.as,
    port: portOf(values.port),
    rules: values.rule.map(parseRule),
    command: positionals,
  };
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new FaultProxyUsageError(`--port must be 1 to 65535, not "${text}".`);
}

async function main(options: Options): Promise<number> {
  const show = (entry: HistoryEntry): void => {
    if (options.live) say(options.json ? JSON.stringify(entry) : (formatCalls([entry]).split('\n')[1] ?? ''));
  };
  const { kubeconfig, context } = options;
  const proxy = await startFaultProxy({ kubeconfig, ...(context === undefined ? {} : { context }), observe: show });
  try {
    const entrance = await proxy.open(options.name, {
      ...(options.port === undefined ? {} : { port: options.port }),
      ...(options.as === undefined ? {} : { impersonate: { user: options.as } }),
    });
    for (const rule of options.rules) entrance.faults.add(rule);
    const code = options.command.length > 0 ? await run(options.command, entrance) : await serve(entrance);
    if (options.json && !options.live) for (const entry of proxy.history) say(JSON.stringify(entry));
    if (!options.json) say(`${formatCalls(proxy.history)}\n\n${countCalls(proxy.history)}`);
    return code;
  } finally {
    await proxy.close();
  }
}

/** Runs a command against the entrance; its own output stays apart from the history on another stream. */
async function run([program = '', ...args]: readonly string[], entrance: Entrance): Promise<number> {
  return await new Promise((resolve, reject) => {
    const env = { ...process.env, KUBECONFIG: entrance.kubeconfig };
    const child = spawn(program, args, { stdio: ['inherit', 2, 2], env });
    child.once('error', (error) => {
      reject(new FaultProxyUsageError(`${program} cannot be run: ${error.message}`, { cause: error }));
    });
    child.once('exit', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

async function serve(entrance: Entrance): Promise<number> {
  say(`export KUBECONFIG=${entrance.kubeconfig}    # ${entrance.url}; Ctrl-C prints the history`);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => {
        resolve();
      });
  });
  return 0;
}

/** Exit codes: 0 done, 1 failed, 64 wrong usage; else that of the command. */
try {
  const options = parse(process.argv.slice(2));
  if (options === undefined) say(help);
  else process.exitCode = await main(options);
} catch (error) {
  // parseArgs throws TypeErrors for options that it does not know.
  const usage = error instanceof FaultProxyUsageError || error instanceof TypeError;
  if (!usage && !(error instanceof FaultProxyError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = usage ? 64 : 1;
}
