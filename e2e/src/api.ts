import { poll, type Cluster, type Forward } from '@tagservice/cluster';
import { awaitJob, requestTags, type AskOptions, type JobAnswer, type TagOutcome } from '@tagservice/workspace/up';

/** How long one request is tried again while no answer comes: longer than any single pod takes to come back. */
const patienceMs = 120_000;

/** The API of a TagService, reached from outside; survives the end of the pod or the tunnel behind it. */
export class ServiceApi {
  readonly #cluster: Cluster;
  readonly #target: { readonly namespace: string; readonly service: string; readonly port: number };
  #forward: Promise<Forward> | undefined;

  constructor(cluster: Cluster, namespace: string, service: string) {
    this.#cluster = cluster;
    this.#target = { namespace, service: `${service}-api`, port: 80 };
  }

  /** Address of the API on this machine, while it lasts. */
  async base(): Promise<string> {
    this.#forward ??= this.#cluster.forward(this.#target);
    try {
      return (await this.#forward).url;
    } catch (error) {
      this.#forward = undefined;
      throw error;
    }
  }

  /** Asks once; rejects when no answer came. */
  async ask(page: string, options: AskOptions = {}): Promise<TagOutcome> {
    const base = await this.base();
    try {
      return await requestTags(base, page, options);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Asks until the request is accepted: an answer, or a job. Refusals and lost connections are no acceptance and are tried again. */
  async accepted(
    page: string,
    options: AskOptions = {},
  ): Promise<Exclude<TagOutcome, { kind: 'refused' }> | undefined> {
    return await poll({ timeoutMs: patienceMs, everyMs: 250 }, async () => {
      const outcome = await this.ask(page, options).catch(() => undefined);
      return outcome === undefined || outcome.kind === 'refused' ? undefined : outcome;
    });
  }

  /** Waits for the end of a job across whatever happens to the pods behind the API. */
  async ended(location: string, seconds: number): Promise<JobAnswer | undefined> {
    return await poll({ timeoutMs: seconds * 1000, everyMs: 250 }, async () => {
      const base = await this.base().catch(() => undefined);
      return base === undefined ? undefined : await awaitJob(base, location, 1000);
    });
  }

  /** Closes the tunnel; the next request opens another. */
  async close(): Promise<void> {
    const open = this.#forward;
    this.#forward = undefined;
    await open?.then((forward) => forward.close()).catch(() => undefined);
  }
}

/** Runs work over a list, so many at a time. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  const worker = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
