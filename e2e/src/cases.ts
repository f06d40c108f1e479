import { badInput } from './cases/bad-input.ts';
import { burst } from './cases/burst.ts';
import { client } from './cases/client.ts';
import { downClean } from './cases/down-clean.ts';
import { killPods } from './cases/kill-pods.ts';
import { nodesCase } from './cases/nodes.ts';
import { secondService } from './cases/second-service.ts';
import { selfHeal } from './cases/self-heal.ts';
import { tags } from './cases/tags.ts';
import type { E2eCase } from './e2e-case.ts';

/** Every case, in the order in which `npm run e2e -- all` runs them. */
export const cases: readonly E2eCase[] = [
  tags,
  badInput,
  client,
  secondService,
  selfHeal,
  killPods,
  burst,
  downClean,
  nodesCase,
];
