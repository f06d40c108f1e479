export { diagnose } from './diagnose.ts';
export { parseUpOptions, type UpOptions } from './options.ts';
export { operatorNamespace, sampleName, sampleNamespace } from './releases.ts';
export * from './tag-client.ts';
export { bringUp, samplePage, takeDown, UpFailed, type UpResult } from './up.ts';
export {
  describeCondition,
  isReady,
  readService,
  waitReady,
  type Condition,
  type ObservedService,
} from './wait-ready.ts';
