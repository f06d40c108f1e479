import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startGuarded, type GuardedProcess } from './guarded-process.ts';

/** Eight threads that always have something to do. */
const busy = `
const { Worker } = require('node:worker_threads');
for (let n = 0; n < 8; n++) new Worker('setInterval(() => { for (const end = Date.now() + 5; Date.now() < end; ); }, 1)', { eval: true });
`;

let server: GuardedProcess | undefined;

afterEach(async () => {
  server?.resume();
  await server?.stop();
});

function running(pid: number): string[] {
  const tasks = `/proc/${String(pid)}/task`;
  const stats = readdirSync(tasks).map((task) => readFileSync(join(tasks, task, 'stat'), 'utf8'));
  return stats.filter((stat) => !/\) T /.test(stat));
}

describe('a server that is paused', () => {
  it('does nothing any more, in none of its threads, as soon as that is answered', async () => {
    server = await startGuarded(mkdtempSync(join(tmpdir(), 'guarded-')), [process.execPath, '-e', busy]);
    for (let round = 0; round < 30; round += 1) {
      await server.pause();
      expect(running(server.pid)).toEqual([]);
      server.resume();
    }
  });
});
