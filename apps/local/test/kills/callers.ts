import { setTimeout as after } from 'node:timers/promises';

export interface CallersOptions {
  /** Base addresses of the API. */
  readonly apis: readonly string[];
  /** Pages to ask for, by number. */
  readonly pages: number;
  addressOf(page: number): string;
  /** Resolves when there is room for more jobs under way. */
  readonly room: () => Promise<void>;
  /** Told of each promise of the API: the page will be tagged, by this job unless it was known already. */
  readonly accepted: (page: number, jobId: string | undefined) => void;
}

const CALLERS = 8;
const BATCH = 20;
const CALL_LIMIT_MS = 15_000;
/** So long is waited where nobody has said how long. */
const PAUSE_MS = 100;

interface Item {
  readonly status: number;
  readonly accepted?: { readonly job: { readonly id: string } };
}

/** Callers who ask for every page until the API has promised it: whatever is refused, cut off or not answered is asked for again. */
export class Callers {
  readonly #options: CallersOptions;
  readonly #waiting: number[];
  /** Calls that were refused or broke off. */
  repeats = 0;
  /** Answers that nobody should get. */
  readonly surprises: string[] = [];

  constructor(options: CallersOptions) {
    this.#options = options;
    this.#waiting = Array.from({ length: options.pages }, (_, page) => page);
  }

  async run(): Promise<void> {
    await Promise.all(Array.from({ length: CALLERS }, (_, caller) => this.#call(caller)));
  }

  async #call(first: number): Promise<void> {
    const { apis, room } = this.#options;
    for (let turn = first; this.#waiting.length > 0; turn += 1) {
      await room();
      const pages = this.#waiting.splice(0, BATCH);
      const again = await this.#ask(apis[turn % apis.length] ?? '', pages);
      if (again.length === 0) continue;
      this.repeats += 1;
      this.#waiting.push(...again);
      await after(PAUSE_MS);
    }
  }

  /** Answers with the pages that were not promised. */
  async #ask(api: string, pages: readonly number[]): Promise<readonly number[]> {
    if (pages.length === 0) return [];
    const answer = await this.#post(api, pages);
    if (answer === undefined) return pages;
    if (answer.status === 200) return pages.filter((page, index) => !this.#isPromised(page, answer.items[index]));
    if (answer.status < 500 && answer.status !== 429)
      this.surprises.push(`a batch was answered with ${String(answer.status)}`);
    return pages;
  }

  #isPromised(page: number, item: Item | undefined): boolean {
    const status = item?.status ?? 0;
    if (status === 200 || status === 202) this.#options.accepted(page, item?.accepted?.job.id);
    else if (status !== 503 && status !== 429)
      this.surprises.push(`page ${String(page)} was answered with ${String(status)}`);
    return status === 200 || status === 202;
  }

  async #post(api: string, pages: readonly number[]): Promise<{ status: number; items: readonly Item[] } | undefined> {
    try {
      const response = await fetch(`${api}/v1/tags:batch`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', prefer: 'respond-async' },
        body: JSON.stringify({ urls: pages.map((page) => this.#options.addressOf(page)) }),
        signal: AbortSignal.timeout(CALL_LIMIT_MS),
      });
      const { items = [] } = (await response.json()) as { items?: readonly Item[] };
      return { status: response.status, items };
    } catch {
      return undefined;
    }
  }
}
