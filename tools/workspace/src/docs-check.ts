import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { workspaceRoot } from './paths.ts';

const link = /\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)/g;
const npmScript = /npm run (?:-s )?([a-z][a-z0-9:-]*)/g;
const code = /```[\s\S]*?```|`[^`\n]*`/g;
/** Templates, whose links are relative to the file that is generated from them. */
const templates = /^tools\/charts\/src\//;

/** Relative links of one Markdown text that lead nowhere, and `npm run` words that package.json does not know. */
export function problemsOf(
  file: string,
  text: string,
  known: { exists(path: string): boolean; scripts: ReadonlySet<string> },
): string[] {
  const broken = [...text.replaceAll(code, '').matchAll(link)]
    .map(([, target]) => decodeURIComponent(target ?? ''))
    .filter((target) => !known.exists(join(dirname(file), target)))
    .map((target) => `${file}: the link to ${target} leads nowhere`);
  const unknown = [...text.matchAll(npmScript)]
    .map(([, script]) => script ?? '')
    .filter((script) => !known.scripts.has(script))
    .map((script) => `${file}: "npm run ${script}" is not a script of package.json`);
  return [...broken, ...unknown];
}

/** Problems of every Markdown file that git tracks. */
export function docsProblems(): string[] {
  const files = execFileSync('git', ['ls-files', '*.md'], { cwd: workspaceRoot, encoding: 'utf8' })
    .split('\n')
    .filter(Boolean);
  const manifest = JSON.parse(readFileSync(join(workspaceRoot, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const known = {
    exists: (path: string) => existsSync(join(workspaceRoot, path)),
    scripts: new Set(Object.keys(manifest.scripts)),
  };
  return files
    .filter((file) => known.exists(file) && !templates.test(file))
    .flatMap((file) => problemsOf(file, readFileSync(join(workspaceRoot, file), 'utf8'), known));
}
