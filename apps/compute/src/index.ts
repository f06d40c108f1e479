export { createCompute } from './create-compute.ts';
export type { Compute, CreateComputeOptions } from './create-compute.ts';
export { bullMqRetryTimer } from './retries/bullmq-retry-timer.ts';
export { memoryRetryTimer } from './retries/memory-retry-timer.ts';
export type { RetryTimer } from './retries/retry-timer.port.ts';
export { readComputeSettings } from './settings/compute-settings.ts';
export type { ComputePolicy, ComputeSettings } from './settings/compute-settings.ts';
