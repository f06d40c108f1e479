import { rm } from 'node:fs/promises';
import { ensureProgram } from './command.ts';
import { TestbedFailure } from './errors.ts';
import { logTail, serverControl, startGuarded, type GuardedProcess, type ServerControl } from './guarded-process.ts';
import { serverFolder } from './paths.ts';
import { exchange, freePorts, until } from './ports.ts';

/** One redis-server process. */
export interface RedisNode extends ServerControl {
  /** `127.0.0.1:port` */
  readonly address: string;
  /** `redis://127.0.0.1:port` */
  readonly url: string;
  readonly port: number;
  /** Sends one inline command (no spaces within arguments) and answers with the text of the reply. */
  command(line: string): Promise<string>;
}

/** A primary with its replicas. */
export interface TestRedis extends RedisNode {
  readonly replicas: readonly RedisNode[];
}

/** What to start. */
export interface RedisOptions {
  /** Replicas, in sync before `startRedis` resolves. Default 0. */
  readonly replicas?: number;
  /** Keep an append-only file, so that a restart finds the data. Default false. */
  readonly appendonly?: boolean;
  /** Path of an ACL file. The default user of that file must be able to PING and INFO without a password, or replicas cannot be awaited. */
  readonly aclFile?: string;
  /** Further directives, as on the command line: `{ 'min-replicas-to-write': 1 }`. */
  readonly config?: Readonly<Record<string, string | number>>;
}

const startLimitMs = 15_000;

/** Starts a redis-server, with replicas if asked for, on free ports of 127.0.0.1. Takes about 0.1 s each. */
export async function startRedis(options: RedisOptions = {}): Promise<TestRedis> {
  await ensureProgram('redis-server', 'redis-server');
  const count = options.replicas ?? 0;
  const [port = 0, ...replicaPorts] = await freePorts(count + 1);
  const primary = await startNode(port, options, []);
  try {
    const follow = ['--replicaof', '127.0.0.1', String(port)];
    const replicas = await Promise.all(replicaPorts.map(async (replica) => await startNode(replica, options, follow)));
    if (count > 0) await replicasOnline(primary, count);
    const stop = async (): Promise<void> => {
      await Promise.all(
        replicas.map(async (replica) => {
          await replica.stop();
        }),
      );
      await primary.stop();
    };
    return { ...primary, replicas, stop };
  } catch (error) {
    await primary.stop();
    throw error;
  }
}

/**
 * Waits until the primary counts this many replicas as online and they acknowledge what it writes now. Online alone is said before the
 * first acknowledgement, which may come a second later, and of a replica that has not caught up.
 */
export async function replicasOnline(primary: RedisNode, count: number): Promise<void> {
  await until(
    async () => {
      const online = ((await primary.command('INFO replication')).match(/state=online/g) ?? []).length;
      return online >= count && (await acknowledging(primary)) >= count;
    },
    startLimitMs,
    async () => `Replicas did not come online: ${await primary.command('INFO replication')}`,
  );
}

/** How many replicas acknowledge within a moment; a message without listeners is written without leaving a key. */
async function acknowledging({ port }: RedisNode): Promise<number> {
  const threeLines = (answer: Buffer): boolean => answer.toString().split('\r\n').length > 2;
  const answer = await exchange(port, 'PUBLISH testbed ready\r\nWAIT 1000 100\r\n', threeLines);
  return Number(answer.toString().split('\r\n')[1]?.slice(1));
}

async function startNode(port: number, options: RedisOptions, extra: readonly string[]): Promise<RedisNode> {
  const folder = await serverFolder('redis');
  const command = [
    'redis-server',
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
    ...directives(options),
    ...extra,
  ];
  const launch = async (): Promise<GuardedProcess> => {
    const process = await startGuarded(folder, command);
    await until(
      async () => /^(\+PONG|-NOAUTH)/.test((await exchange(port, 'PING\r\n', endsLine)).toString()),
      startLimitMs,
      async () => `redis-server did not start: ${await logTail(folder)}`,
    );
    return process;
  };
  const first = await launch().catch(async (error: unknown) => {
    await rm(folder, { recursive: true, force: true });
    throw error;
  });
  return nodeHandle(port, first, launch);
}

function nodeHandle(port: number, first: GuardedProcess, launch: () => Promise<GuardedProcess>): RedisNode {
  const address = `127.0.0.1:${String(port)}`;
  return {
    address,
    url: `redis://${address}`,
    port,
    command: async (line) => await inlineCommand(port, line),
    ...serverControl(first, launch),
  };
}

function directives(options: RedisOptions): string[] {
  const all: Record<string, string | number> = {
    appendonly: options.appendonly === true ? 'yes' : 'no',
    'repl-diskless-sync-delay': 0,
    ...(options.aclFile === undefined ? {} : { aclfile: options.aclFile }),
    ...options.config,
  };
  return Object.entries(all).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

async function inlineCommand(port: number, line: string): Promise<string> {
  const answer = (await exchange(port, `${line}\r\n`, replyComplete)).toString();
  if (answer.startsWith('-')) throw new TestbedFailure(`${line}: ${answer.trim()}`);
  return answer.startsWith('$') ? answer.slice(answer.indexOf('\r\n') + 2).trimEnd() : answer.slice(1).trimEnd();
}

function endsLine(answer: Buffer): boolean {
  return answer.includes('\r\n');
}

function replyComplete(answer: Buffer): boolean {
  if (!endsLine(answer)) return false;
  if (!answer.toString().startsWith('$')) return true;
  const head = answer.indexOf('\r\n') + 2;
  if (answer.toString().startsWith('$-1')) return true;
  return answer.length >= head + Math.max(0, Number.parseInt(answer.toString('utf8', 1, head), 10)) + 2;
}
