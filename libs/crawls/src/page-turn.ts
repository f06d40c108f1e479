import type { PageQueue, CanonicalPage } from '@tagservice/page-queue';
import type { TagStore } from '@tagservice/tag-store';

export type PageOutcome = 'known' | 'tagged' | 'failed';

export interface PageTurnOptions {
  readonly store: Pick<TagStore, 'readPage' | 'readJob'>;
  readonly pages: Pick<PageQueue, 'promise'>;
  /** Tags that were made since this instant (milliseconds since 1970) are as good as new ones. */
  readonly since: number;
  /** Ends early, and rejects, when the run is given up. */
  readonly pause: (ms: number) => Promise<void>;
}

/** Pauses between two looks at a job: short at first, since most pages take less than a second. */
const FIRST_LOOK_MS = 200;
const LAST_LOOK_MS = 5_000;

/**
 * Has one page made and sees it to its end. A job that is forgotten meanwhile is put on the queue again.
 *
 * @throws StoreUnavailable, BusUnavailable
 */
export async function pageTurn(page: CanonicalPage, options: PageTurnOptions): Promise<PageOutcome> {
  const { store, pages, since, pause } = options;
  const known = await store.readPage(page.hash);
  if (known !== undefined && Date.parse(known.taggedAt) >= since) return 'known';
  const { id } = await pages.promise(page, since);
  for (let waitMs = FIRST_LOOK_MS; ; waitMs = Math.min(waitMs * 2, LAST_LOOK_MS)) {
    await pause(waitMs);
    const job = await store.readJob(id);
    if (job === undefined) return pageTurn(page, options);
    if (job.status === 'done') return 'tagged';
    if (job.status === 'failed') return 'failed';
  }
}
