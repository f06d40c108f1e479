import { writeFile } from 'node:fs/promises';
import { createApi, openAdmission } from '@tagservice/api';
import type { ApiPolicy } from '@tagservice/api';
import { canonicalUrl, newJobId } from '@tagservice/contracts';
import { memoryEventBus } from '@tagservice/event-bus';
import { createLogger, createRegistry } from '@tagservice/service-kit';
import { memoryCrawls, memoryQuota, memorySideStore, memoryTagStore } from '@tagservice/tag-store';
import { memoryTimer } from '@tagservice/timers';
import { BenchFailure } from '../errors.ts';
import { serveCommands } from '../process/serve-commands.ts';
import { AUDIENCE, KEYS_FILE_VARIABLE, LOAD, pageUrl } from './load-shape.ts';
import { Hands } from './slow-store.ts';

/** Logs are written as in a pod, to a file that keeps nothing. */
const logger = createLogger({ level: 'info', base: {}, destination: { write: () => undefined } });
const store = memoryTagStore();
const hands = new Hands(LOAD.server);
const readPage = store.readPage.bind(store);
store.readPage = async (urlHash) => {
  await hands.work();
  return readPage(urlHash);
};

const policy: ApiPolicy = {
  deadlineMs: 5_000,
  freshMs: 86_400_000,
  staleMs: 86_400_000,
  maxInFlight: 256,
  // Too small for any answer: what is measured has to reach the store.
  cacheBytes: 1,
  cursorKey: new Uint8Array(32),
  instance: 'bench',
  topicPrefix: 'bench',
  identity: {
    mode: 'JWT',
    rules: { audience: AUDIENCE, issuer: undefined, tenantClaim: 'tenant', toleranceMs: 30_000 },
    keys: { file: process.env[KEYS_FILE_VARIABLE] ?? '' },
  },
  jobHandleKey: new Uint8Array(32),
  admission: { ...openAdmission, limits: { perMinute: 10_000_000, burst: 1_000_000 } },
};

async function seed(): Promise<void> {
  const canonical = canonicalUrl(pageUrl);
  if (!canonical.ok) throw new BenchFailure(canonical.detail);
  const { url, hash: urlHash } = canonical;
  const jobId = newJobId(urlHash);
  const taggedAt = new Date().toISOString();
  const tags = [{ tag: 'bees', score: 0.9, evidence: ['title'] }];
  const page = { url, urlHash, jobId, taggedAt, title: 'Bees', language: 'en', tags };
  await store.apply({ jobId, url, urlHash, acceptedAt: taggedAt, page });
}

await seed();
const registry = createRegistry({});
const api = await createApi({
  store,
  side: memorySideStore(),
  crawls: memoryCrawls(),
  crawlTimer: memoryTimer(),
  bus: memoryEventBus({ topics: [] }),
  quota: memoryQuota(),
  policy,
  logger,
  registry,
});
const port = await api.listen(0, '127.0.0.1');
await writeFile(process.argv[2] ?? '', String(port));
await serveCommands({
  metrics: async () => ({ text: await registry.metrics() }),
});
