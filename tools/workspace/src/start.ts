import { join } from 'node:path';
import { build } from './build.ts';
import { workspaceRoot } from './paths.ts';

// API and compute in one process with in-memory adapters: built through Nx (cached), then run in this very process, so that signals reach it.
const code = await build(['local']);
if (code === 0) await import(join(workspaceRoot, 'apps', 'local', 'dist', 'main.js'));
else process.exitCode = code;
