import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  bootId,
  identityOf,
  isAlive,
  listRecords,
  logTail,
  parseIdentity,
  readRecord,
  signalRecorded,
  startDaemon,
  statFields,
  stopRecorded,
} from './process.ts';

let home: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tagservice-process-'));
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(home, { recursive: true, force: true });
});

const daemon = (name: string, ...command: string[]) => ({
  name,
  command,
  records: join(home, 'records'),
  logs: join(home, 'logs'),
});
const records = (): string => join(home, 'records');

describe('who a process is', () => {
  it('survives names with spaces and parentheses in /proc/PID/stat', () => {
    const stat = '42 (a) (b c)) S 1 42 42 0 -1 4194560 100 0 0 0 1 2 3 4 20 0 1 0 987654 1000 200';
    expect(statFields(stat)[0]).toBe('S');
    expect(statFields(stat)[19]).toBe('987654');
  });

  it('knows this very process', () => {
    const me = identityOf(process.pid);
    expect(me?.boot).toBe(bootId());
    expect(isAlive(me)).toBe(true);
  });

  it('is another one when the number was given again', () => {
    const me = identityOf(process.pid);
    expect(isAlive(me && { ...me, startTicks: '1' })).toBe(false);
  });

  it('is another one after the machine was started again', () => {
    const me = identityOf(process.pid);
    expect(isAlive(me && { ...me, boot: '00000000-0000-0000-0000-000000000000' })).toBe(false);
  });

  it('reads what the launcher writes and nothing else', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.uuid(), (pid, start, boot) => {
        const text = `${String(pid)} ${String(start)} ${boot}`;
        expect(parseIdentity(`${text}\n`)).toEqual({ pid, startTicks: String(start), boot });
        expect(parseIdentity(`${text} more`)).toBeUndefined();
        expect(parseIdentity(text.slice(0, text.indexOf(' ')))).toBeUndefined();
      }),
    );
  });
});

describe('a daemon', () => {
  it('writes its own record, keeps it through exec, and is not started twice', async () => {
    const first = await startDaemon(daemon('sleeper', 'sleep', '60'));
    const second = await startDaemon(daemon('sleeper', 'sleep', '60'));
    expect(first.started).toBe(true);
    expect(second).toEqual({ pid: first.pid, started: false });
    expect(isAlive(readRecord(records(), 'sleeper'))).toBe(true);
    await stopRecorded(records(), ['sleeper'], 0);
    expect(isAlive(identityOf(first.pid))).toBe(false);
    expect(listRecords(records())).toEqual([]);
  });

  it('is started anew when its record speaks of a process that is gone', async () => {
    const first = await startDaemon(daemon('sleeper', 'sleep', '60'));
    process.kill(first.pid, 'SIGKILL');
    await expect.poll(() => isAlive(readRecord(records(), 'sleeper'))).toBe(false);
    const second = await startDaemon(daemon('sleeper', 'sleep', '60'));
    expect(second.started).toBe(true);
    await stopRecorded(records(), ['sleeper'], 0);
  });

  it('leaves what it said in its log', async () => {
    await startDaemon(daemon('speaker', 'sh', '-c', 'echo first; echo second >&2'));
    await expect.poll(() => logTail(join(home, 'logs'), 'speaker')).toMatch(/first\n {2}second/);
  });

  it('is killed when it does not end by itself in time', async () => {
    const stubborn = await startDaemon(daemon('stubborn', 'sh', '-c', 'trap "" TERM; while :; do sleep 1; done'));
    await stopRecorded(records(), ['stubborn'], 50);
    expect(identityOf(stubborn.pid)).toBeUndefined();
  });
});

describe('ending a recorded process', () => {
  it('never hits a stranger that has got the number since', async () => {
    const stranger = spawn('sleep', ['60']);
    children.push(stranger);
    const pid = stranger.pid ?? 0;
    await expect.poll(() => identityOf(pid)).toBeDefined();
    await startDaemon(daemon('other', 'true'));
    writeFileSync(join(records(), 'recycled'), `${String(pid)} 1 ${bootId()}\n`);
    expect(signalRecorded(readRecord(records(), 'recycled'), 'SIGKILL')).toBe(false);
    await stopRecorded(records(), ['recycled'], 0);
    expect(identityOf(pid)).toBeDefined();
    expect(stranger.exitCode).toBeNull();
  });

  it('forgives records of what never was', async () => {
    await expect(stopRecorded(records(), ['nothing'], 0)).resolves.toBeUndefined();
  });
});
