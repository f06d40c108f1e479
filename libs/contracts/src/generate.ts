import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errorReference } from './error-reference.ts';

/** Writes docs/reference/errors.md from the catalogue; with `--check` only compares, and ends with status 1 when it differs. */
const path = join(import.meta.dirname, '..', '..', '..', 'docs', 'reference', 'errors.md');
const wanted = errorReference();

if (process.argv.includes('--check')) {
  if (readOrEmpty() !== wanted) {
    process.stderr.write('docs/reference/errors.md is out of date: run node libs/contracts/src/generate.ts\n');
    process.exitCode = 1;
  }
} else {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, wanted);
}

function readOrEmpty(): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
