export type * from './types.ts';
export { startApiServer, type ApiServer } from './api-server.ts';
export * from './errors.ts';
export { ensurePackages, ensurePrograms } from './packages.ts';
export { consoleReport } from './report.ts';
export { ensureTool, ensureTools, toolEnvironment, toolPath } from './toolchain.ts';
export type { ToolName } from './tool-catalogue.ts';
