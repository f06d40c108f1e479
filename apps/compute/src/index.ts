export { createCompute } from './create-compute.ts';
export type { Compute, CreateComputeOptions } from './create-compute.ts';
export { readComputeSettings } from './settings/compute-settings.ts';
export type { ComputePolicy, ComputeSettings } from './settings/compute-settings.ts';
