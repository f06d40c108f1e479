import { sampleName, sampleNamespace } from '@tagservice/workspace/up';
import { ServiceApi } from '../api.ts';
import { check, CheckFailed, type CaseContext, type E2eCase } from '../e2e-case.ts';
import { freshPages } from '../pages.ts';
import { median, quantile } from '../statistics.ts';

const asked = 28;
const repeats = 5;
const uncachedGoalMs = 300;
const warmUp = 4;

async function timed(api: ServiceApi, page: string): Promise<number> {
  const started = performance.now();
  const outcome = await api.ask(page);
  const took = performance.now() - started;
  if (outcome.kind !== 'tags') throw new CheckFailed(`${page}: no tags at once but ${JSON.stringify(outcome)}`);
  check(outcome.answer.tags.length > 0, `${page}: answered without a single tag`);
  return took;
}

const line = (name: string, values: readonly number[]): string =>
  `${name}: median ${median(values).toFixed(1)} ms, p95 ${quantile(values, 0.95).toFixed(1)} ms (${String(values.length)} requests)`;

async function run({ cluster, say }: CaseContext): Promise<void> {
  const api = new ServiceApi(cluster, sampleNamespace, sampleName);
  try {
    const fresh = freshPages(asked + warmUp);
    for (const page of fresh.slice(0, warmUp)) await timed(api, page);
    const pages = fresh.slice(warmUp);
    const uncached: number[] = [];
    for (const page of pages) uncached.push(await timed(api, page));
    say(line('uncached page, API -> Kafka -> compute -> Redis -> API', uncached));
    const cached: number[] = [];
    for (const page of Array.from({ length: repeats }, () => pages).flat()) cached.push(await timed(api, page));
    say(line('cached page, seen from outside through the tunnel', cached));
    const goal = String(uncachedGoalMs);
    check(median(uncached) < uncachedGoalMs, `the median of uncached pages must be under ${goal} ms`);
    check(median(cached) < median(uncached), 'a cached page must be quicker than an uncached one');
  } finally {
    await api.close();
  }
}

export const tags: E2eCase = {
  name: 'tags',
  summary: 'tags of every sample page; medians of uncached and cached answers',
  run,
};
