import { spawn } from 'node:child_process';
import { mkdirSync, openSync, closeSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ComponentFailed } from './errors.ts';
import { until } from './wait.ts';

/**
 * Who a process is, beyond its number: a number is given again once its process is gone, but not within the same boot at the same
 * clock tick. Written by the process itself before it becomes its program, so that not even a killed `up` leaves it unknown.
 */
export type Identity = { pid: number; startTicks: string; boot: string };

/** Reads "PID START BOOT", the line the launcher writes. */
export function parseIdentity(text: string): Identity | undefined {
  const match = /^(\d+) (\d+) ([0-9a-f-]+)\n?$/.exec(text);
  return match === null ? undefined : { pid: Number(match[1]), startTicks: match[2] ?? '', boot: match[3] ?? '' };
}

/** The line that `parseIdentity` reads. */
export function formatIdentity(identity: Identity): string {
  return `${String(identity.pid)} ${identity.startTicks} ${identity.boot}\n`;
}

/** The fields after the command's name of /proc/PID/stat: [0] is the state, [19] the start in clock ticks since boot. */
export function statFields(stat: string): string[] {
  // The name stands in parentheses and may itself hold spaces and parentheses.
  return stat
    .slice(stat.lastIndexOf(')') + 2)
    .trim()
    .split(' ');
}

function readOrUndefined(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Identity of a living process; undefined when it is gone or only waits to be collected by its parent. */
export function identityOf(pid: number): Identity | undefined {
  const stat = readOrUndefined(`/proc/${String(pid)}/stat`);
  if (stat === undefined) return undefined;
  const fields = statFields(stat);
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return { pid, startTicks: fields[19] ?? '', boot: bootId() };
}

/** Changes with every boot. */
export function bootId(): string {
  return (readOrUndefined('/proc/sys/kernel/random/boot_id') ?? 'unknown').trim();
}

/** True when the process that the record speaks of is the one that has its number now. */
export function isAlive(record: Identity | undefined): record is Identity {
  if (record === undefined) return false;
  const now = identityOf(record.pid);
  return now !== undefined && now.startTicks === record.startTicks && now.boot === record.boot;
}

/** Identity recorded under `name`, or undefined. */
export function readRecord(records: string, name: string): Identity | undefined {
  const text = readOrUndefined(join(records, name));
  return text === undefined ? undefined : parseIdentity(text);
}

/** Names of all records. */
export function listRecords(records: string): string[] {
  try {
    return readdirSync(records).sort();
  } catch {
    return [];
  }
}

/** A long-running part of a cluster. */
export type Daemon = {
  name: string;
  command: readonly string[];
  records: string;
  logs: string;
  /** cgroup.procs files the process writes itself into before anything else, so that all its children are in there too. */
  cgroupProcs?: readonly string[];
  env?: NodeJS.ProcessEnv;
  /** End it when the process that started it ends (temporary clusters of tests). */
  tied?: boolean;
};

/** Log file of a daemon. */
export const logFile = (logs: string, name: string): string => join(logs, `${name}.log`);

// $1: record file, $2: boot id, $3: number of cgroup files, then these, then the command. `exec` keeps number and start time.
const launcher = `
record=$1 boot=$2 groups=$3; shift 3
while [ "$groups" -gt 0 ]; do echo $$ > "$1" || exit 71; shift; groups=$((groups - 1)); done
read -r stat < /proc/$$/stat; stat=\${stat##*) }; set -f
start=$(echo "$stat" | cut -d' ' -f20)
echo "$$ $start $boot" > "$record.new" && mv "$record.new" "$record" || exit 73
exec "$@"`;

/** Starts a daemon unless its record says that it runs. Resolves once the record is there. */
export async function startDaemon(daemon: Daemon): Promise<{ pid: number; started: boolean }> {
  const running = readRecord(daemon.records, daemon.name);
  if (isAlive(running)) return { pid: running.pid, started: false };
  mkdirSync(daemon.records, { recursive: true });
  mkdirSync(daemon.logs, { recursive: true });
  const record = join(daemon.records, daemon.name);
  rmSync(record, { force: true });
  const log = openSync(logFile(daemon.logs, daemon.name), 'a');
  const groups = daemon.cgroupProcs ?? [];
  const tie = daemon.tied === true ? ['setpriv', '--pdeathsig', 'KILL'] : [];
  const shell = ['sh', '-c', launcher, 'sh', record, bootId(), String(groups.length), ...groups, ...daemon.command];
  const [program = 'sh', ...args] = [...tie, ...shell];
  const child = spawn(program, args, {
    cwd: '/',
    detached: true,
    stdio: ['ignore', log, log],
    env: daemon.env ?? process.env,
  });
  closeSync(log);
  let failure: Error | undefined;
  child.on('error', (error) => (failure = error));
  child.unref();
  const recorded = await until({ timeoutMs: 10_000, everyMs: 5 }, () => {
    return failure !== undefined || child.exitCode !== null || readRecord(daemon.records, daemon.name) !== undefined;
  });
  const identity = readRecord(daemon.records, daemon.name);
  if (!recorded || identity === undefined) {
    throw new ComponentFailed(
      `${daemon.name} could not be started${failure === undefined ? '' : ` (${failure.message})`}.`,
      logTail(daemon.logs, daemon.name),
    );
  }
  return { pid: identity.pid, started: true };
}

const shorten = (line: string): string => (line.length > 240 ? `${line.slice(0, 240)}...` : line);

/** The last lines of a daemon's log, indented. */
export function logTail(logs: string, name: string, lines = 12): string {
  const text = readOrUndefined(logFile(logs, name))?.trimEnd() ?? '';
  const tail = text === '' ? '(nothing was logged)' : text.split('\n').slice(-lines).map(shorten).join('\n  ');
  return `The end of ${logFile(logs, name)}:\n  ${tail}`;
}

/** Sends a signal to the recorded process if it is still that process. */
export function signalRecorded(record: Identity | undefined, signal: NodeJS.Signals): boolean {
  if (!isAlive(record)) return false;
  try {
    process.kill(record.pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** Ends the recorded processes: asks, waits `graceMs`, then kills. Their records go when they are gone. */
export async function stopRecorded(records: string, names: readonly string[], graceMs = 3_000): Promise<void> {
  const known = names.map((name) => ({ name, identity: readRecord(records, name) }));
  for (const { identity } of known) signalRecorded(identity, 'SIGTERM');
  const gone = (): boolean => known.every(({ identity }) => !isAlive(identity));
  if (!(await until({ timeoutMs: graceMs, everyMs: 20 }, gone))) {
    for (const { identity } of known) signalRecorded(identity, 'SIGKILL');
    if (!(await until({ timeoutMs: 5_000, everyMs: 20 }, gone))) {
      const stuck = known.filter(({ identity }) => isAlive(identity)).map(({ name }) => name);
      throw new ComponentFailed(`These parts do not end, not even when killed: ${stuck.join(', ')}.`);
    }
  }
  for (const { name } of known) rmSync(join(records, name), { force: true });
}
