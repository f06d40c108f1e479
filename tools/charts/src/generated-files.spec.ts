import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { charts } from './chart-source.ts';
import { generatedFiles } from './generated-files.ts';
import { projectRoot } from './helm.ts';
import type { ValueSchema } from './values-kit.ts';

const files = generatedFiles(projectRoot);

describe('the generated files of the charts', () => {
  it.each([...files.keys()])('%s is what the sources say', (path) => {
    expect(readFileSync(join(projectRoot, path), 'utf8')).toBe(files.get(path));
  });

  it('link only to files that are there', () => {
    for (const [path, text] of files) {
      for (const [, target] of text.matchAll(/\]\((\.[^)#]+)/g))
        expect(existsSync(join(projectRoot, path, '..', target ?? '')), `${path}: ${target ?? ''}`).toBe(true);
    }
  });
});

function undescribed(schema: ValueSchema, path: string): readonly string[] {
  const own = path !== '' && (schema.description ?? '') === '' ? [path] : [];
  return [
    ...own,
    ...Object.entries(schema.properties ?? {}).flatMap(([name, child]) => undescribed(child, `${path}.${name}`)),
  ];
}

describe.each(charts)('the values of $name', ({ values }) => {
  it('all say what they mean', () => {
    expect(undescribed(values, '').filter((path) => !/\.resources\.(?:requests|limits)$/.test(path))).toEqual([]);
  });

  it('carry nothing that only the API server understands', () => {
    expect(JSON.stringify(values)).not.toContain('x-kubernetes');
  });
});
