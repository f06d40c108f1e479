import type { BenchCase } from '../measure.ts';
import { informerCase } from './informer.ts';
import { kubeClientCase } from './kube-client.ts';
import { operatorProcessCase } from './operator-process.ts';
import { operatorCase } from './operator.ts';
import { overloadCase } from './overload.ts';
import { taggingCase } from './tagging.ts';

/** Every benchmark, in the order of `npm run bench -- --help`. */
export const cases: readonly BenchCase[] = [
  taggingCase,
  kubeClientCase,
  informerCase,
  operatorCase,
  operatorProcessCase,
  overloadCase,
];
