import { EventEmitter } from 'node:events';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { offerDiagnostics } from './diagnostics.ts';
import { createLogger } from './logger.ts';

let folder: string;
let lines: string[];
let host: EventEmitter;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'diagnostics-')), 'new');
  lines = [];
  host = new EventEmitter();
});
afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

function offer(maxBytes: number, profileMs = 20): void {
  const destination = { write: (line: string) => void lines.push(line) };
  const logger = createLogger({ level: 'info', base: {}, destination });
  offerDiagnostics({ folder, maxBytes, logger, profileMs, host });
}

const said = (text: string) => expect.poll(() => lines.join('\n'), { timeout: 20_000 }).toContain(text);
const enough = 512 * 1_048_576;

describe('SIGUSR2', () => {
  it('records a profile and a heap snapshot that the developer tools can read', { timeout: 30_000 }, async () => {
    offer(enough);
    host.emit('SIGUSR2');
    await said('are recorded');
    const [profile, snapshot] = (await readdir(folder)).toSorted((a, b) =>
      a.split('.')[1]!.localeCompare(b.split('.')[1]!),
    );
    const unzipped = async (name = ''): Promise<string> =>
      gunzipSync(await readFile(join(folder, name))).toString('utf8', 0, 2_000);
    expect(profile).toMatch(/\.cpuprofile\.gz$/);
    expect(await unzipped(profile)).toMatch(/^\{"nodes":\[/);
    expect(snapshot).toMatch(/\.heapsnapshot\.gz$/);
    expect(await unzipped(snapshot)).toMatch(/^\{"snapshot":\{"meta":/);
    // Heaps hold secrets.
    expect((await stat(join(folder, snapshot!))).mode & 0o077).toBe(0);
  });

  it('makes room by removing the oldest recordings, and nothing else', { timeout: 30_000 }, async () => {
    const [oldest, later] = ['20200101T000000000Z.heapsnapshot.gz', '20210101T000000000Z.cpuprofile.gz'];
    await mkdir(folder);
    await writeFile(join(folder, oldest), Buffer.alloc(40_000_000));
    await writeFile(join(folder, later), Buffer.alloc(1_000));
    await writeFile(join(folder, 'notes.txt'), Buffer.alloc(1_000));
    // Half of it is room for the new one.
    offer(64_000_000);
    host.emit('SIGUSR2');
    await said('are recorded');
    const left = await readdir(folder);
    expect(left).toEqual(expect.arrayContaining([later, 'notes.txt']));
    expect(left).not.toContain(oldest);
    expect(left).toHaveLength(4);
  });

  it('throws a recording away that is larger than it may be, and says so', { timeout: 30_000 }, async () => {
    offer(100_000);
    host.emit('SIGUSR2');
    await said('recording failed');
    expect(lines.join('\n')).toContain('RecordingTooLarge');
    expect((await readdir(folder)).filter((name) => !name.includes('cpuprofile'))).toEqual([]);
  });

  it('is refused while a recording is under way', { timeout: 30_000 }, async () => {
    offer(100_000, 200);
    host.emit('SIGUSR2');
    host.emit('SIGUSR2');
    await said('this signal is ignored');
    await said('recording failed');
    expect((await readdir(folder)).length).toBeLessThanOrEqual(1);
  });
});
