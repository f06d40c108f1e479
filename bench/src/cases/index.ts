import type { BenchCase } from '../measure.ts';
import { apiCase } from './api.ts';
import { busCase } from './bus.ts';
import { endToEndCase } from './end-to-end.ts';
import { informerCase } from './informer.ts';
import { kubeClientCase } from './kube-client.ts';
import { operatorProcessCase } from './operator-process.ts';
import { operatorCase } from './operator.ts';
import { overloadCase } from './overload.ts';
import { retryTimerCase } from './retry-timer.ts';
import { soakCase } from './soak.ts';
import { storeCase } from './store.ts';
import { taggingCase } from './tagging.ts';

/** Every benchmark, in the order of `npm run bench -- --help`. */
export const cases: readonly BenchCase[] = [
  taggingCase,
  busCase,
  retryTimerCase,
  kubeClientCase,
  informerCase,
  operatorCase,
  operatorProcessCase,
  apiCase,
  storeCase,
  overloadCase,
  endToEndCase,
  soakCase,
];
