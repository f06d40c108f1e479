export { cases } from './cases.ts';
export type { E2eCase } from './e2e-case.ts';
