import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appImages } from './catalogue.ts';
import {
  contentTag,
  dependencyFolders,
  entersImage,
  importClosure,
  inputFiles,
  UnknownPackage,
  workspacePackages,
} from './content-address.ts';
import { workspaceRoot } from './paths.ts';

const api = { name: 'api', folder: 'apps/api' } as const;

/** A small workspace: api needs lib, lib needs deep; other is nobody's. */
const files: Record<string, string> = {
  'package.json': '{"name":"w","workspaces":["libs/*","apps/*","tools/*"]}',
  'package-lock.json': JSON.stringify({
    packages: {
      '': {},
      'apps/api': { dependencies: { '@tagservice/lib': '1', fast: '1' } },
      'libs/lib': { version: '1', dependencies: { '@tagservice/deep': '1' } },
      'libs/deep': { version: '1' },
      'libs/other': { version: '1', dependencies: { slow: '1' } },
      'node_modules/@tagservice/lib': { resolved: 'libs/lib', link: true },
      'node_modules/@tagservice/deep': { resolved: 'libs/deep', link: true },
      'node_modules/fast': { version: '1.0.0', integrity: 'a' },
      'node_modules/slow': { version: '1.0.0', integrity: 'b' },
      'node_modules/rolldown': { version: '1.0.0', integrity: 'c' },
    },
  }),
  '.npmrc': '',
  '.dockerignore': '',
  'tsconfig.base.json': '{}',
  'apps/api/package.json': '{"name":"@tagservice/api","dependencies":{"@tagservice/lib":"1","fast":"1"}}',
  'apps/api/Dockerfile': 'FROM x',
  'apps/api/src/main.ts': 'main',
  'apps/api/src/main.spec.ts': 'test',
  'apps/api/README.md': 'prose',
  'apps/api/dist/main.js': 'built',
  'libs/lib/package.json': '{"name":"@tagservice/lib","dependencies":{"@tagservice/deep":"1"}}',
  'libs/lib/src/index.ts': 'lib',
  'libs/deep/package.json': '{"name":"@tagservice/deep"}',
  'libs/deep/src/index.ts': 'deep',
  'libs/other/package.json': '{"name":"@tagservice/other"}',
  'libs/other/src/index.ts': 'other',
  'tools/workspace/package.json': '{"name":"@tagservice/workspace"}',
  'tools/workspace/src/bundle.ts': "import { a } from './paths.ts';",
  'tools/workspace/src/paths.ts': 'paths',
  'tools/workspace/src/verify.ts': 'verify',
};

const entering = [
  'apps/api/src/main.ts',
  'apps/api/Dockerfile',
  'apps/api/package.json',
  'libs/lib/src/index.ts',
  'libs/deep/src/index.ts',
  'libs/deep/package.json',
  'tools/workspace/src/bundle.ts',
  'tools/workspace/src/paths.ts',
  '.dockerignore',
  '.npmrc',
  'tsconfig.base.json',
];
const staying = [
  'apps/api/src/main.spec.ts',
  'apps/api/README.md',
  'apps/api/dist/main.js',
  'libs/other/src/index.ts',
  'libs/other/package.json',
  'tools/workspace/src/verify.ts',
];

describe('the tag of an image', () => {
  let root = '';
  const write = (path: string, content: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  const tag = (): string => contentTag(root, api, 'base-1');

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'content-address-'));
    for (const [path, content] of Object.entries(files)) write(path, content);
  });

  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  it.each(entering)('changes with %s', (path) => {
    const before = tag();
    write(path, `${files[path] ?? ''} `);
    expect(tag()).not.toBe(before);
  });

  it.each(staying)('does not change with %s', (path) => {
    const before = tag();
    write(path, `${files[path] ?? ''} `);
    expect(tag()).toBe(before);
  });

  it('changes with the base image', () => {
    expect(contentTag(root, api, 'base-2')).not.toBe(tag());
  });

  it('changes when a package that is loaded gets another version, not when another does', () => {
    const before = tag();
    write('package-lock.json', (files['package-lock.json'] ?? '').replace('"integrity":"b"', '"integrity":"z"'));
    expect(tag()).toBe(before);
    write('package-lock.json', (files['package-lock.json'] ?? '').replace('"integrity":"a"', '"integrity":"z"'));
    expect(tag()).not.toBe(before);
  });

  it('depends on content alone: a copy elsewhere has the same', () => {
    const before = tag();
    const copy = mkdtempSync(join(tmpdir(), 'content-address-copy-'));
    cpSync(root, copy, { recursive: true });
    expect(contentTag(copy, api, 'base-1')).toBe(before);
    rmSync(copy, { recursive: true });
  });

  it('can stand in an image reference', () => {
    expect(tag()).toMatch(/^[0-9a-f]{16}$/);
  });

  it('needs every workspace package that a manifest names', () => {
    write('libs/deep/package.json', '{"name":"@tagservice/renamed"}');
    expect(() => tag()).toThrow(UnknownPackage);
  });

  it('is never the same for two contents of a file', () => {
    const seen = new Map<string, string>();
    fc.assert(
      fc.property(fc.string(), (content) => {
        write('apps/api/src/main.ts', content);
        const known = seen.get(tag());
        seen.set(tag(), content);
        return known === undefined || known === content;
      }),
      { numRuns: 40 },
    );
  });
});

describe('this workspace', () => {
  it.each(appImages.map((image) => [image.name, image] as const))(
    'lists inputs of %s that include its entry and no test',
    (_name, image) => {
      const inputs = inputFiles(workspaceRoot, image);
      expect(inputs).toContain(`${image.folder}/Dockerfile`);
      expect(inputs).toContain('tools/workspace/src/bundle.ts');
      expect(inputs.filter((file) => file.includes('.spec.') || file.endsWith('.md'))).toEqual([]);
    },
  );

  it('knows what the bundler imports', () => {
    expect(importClosure(workspaceRoot, 'tools/workspace/src/bundle.ts')).toContain('tools/workspace/src/paths.ts');
  });

  it('finds the packages that the API needs, and not those of the operator', () => {
    const folders = dependencyFolders(workspacePackages(workspaceRoot), 'apps/api');
    expect(folders).toContain('libs/contracts');
    expect(folders).not.toContain('libs/controller-runtime');
  });
});

describe('what enters an image', () => {
  it.each([
    ['libs/a/src/b.ts', true],
    ['libs/a/src/b.lua', true],
    ['libs/a/src/b.spec.ts', false],
    ['libs/a/src/b.integration.spec.ts', false],
    ['libs/a/src/store.contract.ts', false],
    ['libs/a/test/fixture.html', false],
    ['libs/a/node_modules/x/index.js', false],
    ['libs/a/README.md', false],
    ['libs/a/.DS_Store', false],
  ])('%s: %s', (path, enters) => {
    expect(entersImage(path)).toBe(enters);
  });
});
