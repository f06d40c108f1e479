export * from './errors.ts';
export { startFaultProxy } from './proxy.ts';
export { countsAsWrite, parseRequest, stores } from './request-info.ts';
export { parseRule, ruleHelp } from './rule-text.ts';
export { matches } from './rules.ts';
export { callsIn, countCalls, faultText, formatCalls, withoutEffect, type CallFilter } from './table.ts';
export type * from './types.ts';
