import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { appImages, fullReference, nodeImage } from './catalogue.ts';
import { workspaceRoot } from './paths.ts';

describe('the full name of an image', () => {
  it.each([
    ['redis:7', 'docker.io/library/redis:7'],
    ['apache/kafka:4.1.0', 'docker.io/apache/kafka:4.1.0'],
    ['ghcr.io/someone/thing:1', 'ghcr.io/someone/thing:1'],
    ['localhost:5000/thing:1', 'localhost:5000/thing:1'],
    ['tagservice.local/debian:base', 'tagservice.local/debian:base'],
  ])('%s is %s', (short, full) => {
    expect(fullReference(short)).toBe(full);
  });
});

describe('every Dockerfile', () => {
  const dockerfile = (folder: string): string => readFileSync(join(workspaceRoot, folder, 'Dockerfile'), 'utf8');
  const stages = (text: string): string =>
    text.slice(text.indexOf('FROM '), text.indexOf(' AS build')).replace(/^#.*\n/gm, '');

  it.each(appImages.map((image) => image.folder))(
    'of %s runs as nobody, in production mode, from the shared base',
    (folder) => {
      expect(existsSync(join(workspaceRoot, folder, 'package.json'))).toBe(true);
      const text = dockerfile(folder);
      expect(text).toContain('USER 65532:65532');
      expect(text).toContain('ENV NODE_ENV=production');
      expect(text).toMatch(/^ENTRYPOINT \["node", ("--[a-z-]+(=\d+)?", )*"main\.js"\]$/m);
      expect(text.match(/^FROM (?!dependencies)\S+/gm)?.every((from) => from === `FROM ${nodeImage.reference}`)).toBe(
        true,
      );
    },
  );

  it('begins with the same stages, so that dependencies are installed once for all', () => {
    expect(new Set(appImages.map((image) => stages(dockerfile(image.folder)))).size).toBe(1);
  });

  it.each(appImages.map((image) => image.folder))('of %s names no registry and holds no secret', (folder) => {
    expect(dockerfile(folder)).not.toMatch(/registry=|https?:\/\/|_authToken|password/i);
  });
});
