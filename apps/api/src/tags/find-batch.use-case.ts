import { Inject, Injectable } from '@nestjs/common';
import { canonicalUrl } from '@tagservice/contracts';
import type { BatchItem } from '@tagservice/contracts';
import type { Naming } from '../jobs/job-names.ts';
import type { WatchOptions } from '../jobs/job-watch.ts';
import { failureOf } from '../jobs/job-failure.ts';
import type { Problem } from '../http/problem.error.ts';
import { toProblem } from '../http/problem.filter.ts';
import { PORTS } from '../ports.ts';
import type { ApiPorts } from '../ports.ts';
import { FindTags } from './find-tags.use-case.ts';
import type { FoundTags } from './find-tags.use-case.ts';

/** What became of one URL: as asking for it alone would have been answered. */
export type BatchOutcome = { readonly found: Exclude<FoundTags, { kind: 'failed' }> } | { readonly problem: Problem };

/** Which tags describe these URLs? Each URL for itself, all of them within one deadline; a page named twice is looked for once. */
@Injectable()
export class FindBatch {
  constructor(
    @Inject(PORTS) private readonly ports: ApiPorts,
    private readonly findTags: FindTags,
  ) {}

  /** Outcomes in the order of the URLs. Never rejects: what goes wrong with one URL is the outcome of that one. */
  async find(urls: readonly string[], patience: WatchOptions): Promise<readonly BatchOutcome[]> {
    const asked = new Map<string, Promise<BatchOutcome>>();
    return Promise.all(
      urls.map((url) => {
        const canonical = canonicalUrl(url);
        const key = canonical.ok ? canonical.hash : `refused ${url}`;
        const outcome = asked.get(key) ?? this.one(url, patience);
        asked.set(key, outcome);
        return outcome;
      }),
    );
  }

  private async one(url: string, patience: WatchOptions): Promise<BatchOutcome> {
    try {
      const found = await this.findTags.find(url, () => patience);
      return found.kind === 'failed' ? { problem: failureOf(found, this.ports.clock.now()) } : { found };
    } catch (error) {
      return { problem: toProblem(error) };
    }
  }
}

/** To whom the answer is written. */
export interface BatchReader {
  /** How jobs are named to them. */
  readonly name: Naming;
  readonly traceId: string | undefined;
}

/** Writes the answer. A known page is already written out, once for all who ask for it; only what is around it is written here. */
export function writeBatch(urls: readonly string[], outcomes: readonly BatchOutcome[], reader: BatchReader): string {
  const items = outcomes.map((outcome, index) => writeItem(urls[index] ?? '', outcome, reader));
  return `{"items":[${items.join(',')}]}`;
}

function writeItem(url: string, outcome: BatchOutcome, { name, traceId }: BatchReader): string {
  if ('problem' in outcome) {
    const { status } = outcome.problem;
    return JSON.stringify({ url, status, problem: outcome.problem.body(traceId, name) });
  }
  const { found } = outcome;
  if (found.kind === 'page')
    return `{"url":${JSON.stringify(url)},"status":200,"page":${found.stale ? found.page.stale.text : found.page.fresh.text}}`;
  const job = name(found.job);
  const accepted = { job, location: `/v1/jobs/${job.id}` };
  return JSON.stringify({ url, status: 202, accepted } satisfies BatchItem);
}
