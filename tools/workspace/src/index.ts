export { workspaceRoot } from './paths.ts';
export { bundle, executables, type Executable } from './bundle.ts';
