import { existsSync, readlinkSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { exchange } from './ports.ts';
import { startRedis, replicasOnline, type TestRedis } from './redis.ts';

let redis: TestRedis | undefined;

afterEach(async () => {
  await redis?.stop();
  redis = undefined;
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** WAIT counts for the writes of its own connection only, so both go over one. */
async function setAndWait(primary: TestRedis, wait: string): Promise<number> {
  const answer = await exchange(
    primary.port,
    `SET a b\r\n${wait}\r\n`,
    (bytes) => bytes.toString().split('\r\n').length > 2,
  );
  return Number(answer.toString().split('\r\n')[1]?.slice(1));
}

describe('startRedis', () => {
  it('answers once it has resolved, and has as many replicas in sync as asked for', async () => {
    redis = await startRedis({ replicas: 2 });
    expect(await redis.command('PING')).toBe('PONG');
    expect(await redis.command('INFO replication')).toMatch(/connected_slaves:2/);
    expect(await setAndWait(redis, 'WAIT 2 2000')).toBe(2);
    expect(await redis.replicas[0]?.command('GET a')).toBe('b');
  });

  it('comes back on the same address with its data after a crash, when it keeps an append-only file', async () => {
    redis = await startRedis({ appendonly: true, config: { appendfsync: 'always' } });
    await redis.command('SET kept yes');
    await redis.kill();
    await expect(redis.command('PING')).rejects.toThrow();
    await redis.restart();
    expect(await redis.command('GET kept')).toBe('yes');
  });

  it('has a replica stop acknowledging while it is paused, and catch up afterwards', async () => {
    redis = await startRedis({ replicas: 1 });
    await redis.replicas[0]?.pause();
    expect(await setAndWait(redis, 'WAIT 1 50')).toBe(0);
    redis.replicas[0]?.resume();
    await replicasOnline(redis, 1);
    expect(await redis.replicas[0]?.command('GET a')).toBe('b');
  });

  it('leaves neither a process nor a folder when the test process is killed', async () => {
    const module = fileURLToPath(new URL('./redis.ts', import.meta.url));
    const script = `
      import { startRedis } from ${JSON.stringify(module)};
      const redis = await startRedis();
      console.log(/process_id:(\\d+)/.exec(await redis.command('INFO server'))[1]);
      setInterval(() => undefined, 1000);
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
    const pid = Number.parseInt(chunk.toString(), 10);
    const folder = readlinkSync(`/proc/${String(pid)}/cwd`);
    expect(existsSync(folder)).toBe(true);
    expect(alive(pid)).toBe(true);
    child.kill('SIGKILL');
    await vi.waitFor(() => {
      expect(alive(pid)).toBe(false);
      expect(existsSync(folder)).toBe(false);
    });
  });
});
