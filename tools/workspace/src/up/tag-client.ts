import { poll } from '@tagservice/cluster';

/** The tags of a page as the API answers. */
export interface TagsAnswer {
  readonly url: string;
  readonly title: string;
  readonly language: string;
  readonly tags: readonly { readonly tag: string; readonly score: number }[];
}

/** What became of a request for tags. */
export type TagOutcome =
  | { readonly kind: 'tags'; readonly answer: TagsAnswer }
  | { readonly kind: 'accepted'; readonly job: string; readonly location: string }
  | { readonly kind: 'refused'; readonly status: number; readonly problem: Readonly<Record<string, unknown>> };

/** How to ask. */
export interface AskOptions {
  /** Milliseconds after which no answer is awaited any more. Default 15 s. */
  readonly timeoutMs?: number;
  /** Be content with a job at once instead of waiting for the tags. */
  readonly respondAsync?: boolean;
}

/** Asks once. Rejects only when no answer came at all. */
export async function requestTags(base: string, page: string, options: AskOptions = {}): Promise<TagOutcome> {
  const response = await fetch(`${base}/v1/tags?url=${encodeURIComponent(page)}`, {
    signal: AbortSignal.timeout(options.timeoutMs ?? 15_000),
    headers: options.respondAsync === true ? { prefer: 'respond-async' } : {},
  });
  const body = (await response.json()) as Record<string, unknown>;
  if (response.status === 200) return { kind: 'tags', answer: body as unknown as TagsAnswer };
  if (response.status !== 202) return { kind: 'refused', status: response.status, problem: body };
  const job = (body['job'] as { id?: string } | undefined)?.id ?? '';
  return { kind: 'accepted', job, location: response.headers.get('location') ?? `/v1/jobs/${job}` };
}

/** A job as the API describes it; `error` where it failed. */
export interface JobAnswer {
  readonly id: string;
  readonly status: string;
  readonly attempts?: number;
  readonly error?: { readonly code?: string; readonly detail?: string };
}

/** A page was not tagged. */
export class PageNotTagged extends Error {
  override readonly name = 'PageNotTagged';
  constructor(page: string, why: string) {
    super(`${page} was not tagged: ${why}`);
  }
}

/** The state of a job; undefined while no answer can be had. */
export async function readJob(base: string, location: string): Promise<JobAnswer | undefined> {
  try {
    const response = await fetch(new URL(location, base), { signal: AbortSignal.timeout(10_000) });
    return response.status === 200 ? ((await response.json()) as JobAnswer) : undefined;
  } catch {
    return undefined;
  }
}

/** Waits until a job has ended, well or not. */
export async function awaitJob(base: string, location: string, timeoutMs: number): Promise<JobAnswer | undefined> {
  return await poll({ timeoutMs, everyMs: 250 }, async () => {
    const job = await readJob(base, location);
    return job?.status === 'done' || job?.status === 'failed' ? job : undefined;
  });
}

/** Asks for the tags of a page and, where the API only accepts the work, waits for the job and asks again. */
export async function tagsOf(base: string, page: string, timeoutMs = 60_000): Promise<TagsAnswer> {
  const first = await requestTags(base, page);
  if (first.kind === 'tags') return first.answer;
  if (first.kind === 'refused') throw new PageNotTagged(page, JSON.stringify(first.problem));
  const job = await awaitJob(base, first.location, timeoutMs);
  if (job?.status !== 'done') throw new PageNotTagged(page, JSON.stringify(job ?? { status: 'no end in time' }));
  const again = await requestTags(base, page);
  if (again.kind === 'tags') return again.answer;
  throw new PageNotTagged(page, JSON.stringify(again));
}
