import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { archiveFile, isCached, renameInArchive, storeArchive } from './archive.ts';

describe('archives of images', () => {
  let cache = '';

  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), 'archives-'));
    vi.stubEnv('TAGSERVICE_CACHE', cache);
  });

  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(cache, { recursive: true });
  });

  it('are cached once they are written whole', async () => {
    expect(isCached('api', 'ab')).toBe(false);
    await storeArchive('api', 'ab', (file) => Promise.resolve(writeFileSync(file, 'x')));
    expect(isCached('api', 'ab')).toBe(true);
  });

  it('are not cached when writing fails halfway, and leave nothing behind', async () => {
    const failing = storeArchive('api', 'ab', (file) => {
      writeFileSync(file, 'half');
      return Promise.reject(new Error('disk full'));
    });
    await expect(failing).rejects.toThrow('disk full');
    expect(readdirSync(join(cache, 'images'))).toEqual([]);
  });

  it('are kept for the last four contents of an image', async () => {
    for (const [age, tag] of ['a1', 'a2', 'a3', 'a4', 'a5'].entries()) {
      await storeArchive('api', tag, (file) => Promise.resolve(writeFileSync(file, tag)));
      utimesSync(archiveFile('api', tag), 1000 + age, 1000 + age);
    }
    await storeArchive('api', 'a6', (file) => Promise.resolve(writeFileSync(file, 'a6')));
    expect(existsSync(archiveFile('api', 'a2'))).toBe(false);
    expect(['a3', 'a4', 'a5', 'a6'].every((tag) => isCached('api', tag))).toBe(true);
  });

  it('can carry several names of one image', async () => {
    const content = join(cache, 'content');
    mkdirSync(content);
    const manifest = [{ Config: 'c.json', RepoTags: ['old:1'], Layers: ['l.tar'] }];
    writeFileSync(join(content, 'manifest.json'), JSON.stringify(manifest));
    writeFileSync(join(content, 'l.tar'), 'layer');
    const file = join(cache, 'image.tar');
    execFileSync('tar', ['-c', '-f', file, '-C', content, 'l.tar', 'manifest.json']);
    await renameInArchive(file, ['redis:7', 'tagservice.local/redis:ab']);
    const entries = execFileSync('tar', ['-x', '-O', '-f', file, 'manifest.json'], { encoding: 'utf8' });
    expect(JSON.parse(entries)).toEqual([
      { Config: 'c.json', RepoTags: ['docker.io/library/redis:7', 'tagservice.local/redis:ab'], Layers: ['l.tar'] },
    ]);
    expect(execFileSync('tar', ['-x', '-O', '-f', file, 'l.tar'], { encoding: 'utf8' })).toBe('layer');
  });
});
