import { describe, expect, it } from 'vitest';
import { problemsOf } from './docs-check.ts';

const known = { exists: (path: string) => path === 'docs/adr/0001.md', scripts: new Set(['up', 'e2e']) };

describe('docs check', () => {
  it('follows relative links from the file they stand in', () => {
    expect(problemsOf('docs/README.md', '[why](adr/0001.md#context) [site](https://example.com)', known)).toEqual([]);
  });

  it('names the file and the link that leads nowhere', () => {
    expect(problemsOf('docs/README.md', '[gone](adr/0002.md)', known)).toEqual([
      'docs/README.md: the link to adr/0002.md leads nowhere',
    ]);
  });

  it('takes no regular expression in code for a link', () => {
    expect(problemsOf('README.md', 'Pattern: `[a-z](x)`', known)).toEqual([]);
  });

  it('names a command that does not exist', () => {
    expect(problemsOf('README.md', 'Run `npm run up`, `npm run e2e`, then `npm run fly`.', known)).toEqual([
      'README.md: "npm run fly" is not a script of package.json',
    ]);
  });
});
