import { createLogger, startTracing } from '@tagservice/service-kit';
import { PortTaken, startLocalService } from './local-service.ts';
import type { LocalService } from './local-service.ts';
import { UsageError, readOptions, usage } from './options.ts';

function welcome({ url, samplePages }: LocalService): string {
  const [first = ''] = samplePages;
  return `TagService runs at ${url}, all in this process; it started in ${(performance.now() / 1000).toFixed(1)} s. Ctrl-C stops it.

Tags of a sample page (needs no internet):
  curl '${url}/v1/tags?url=${encodeURIComponent(first)}'

Tags of any public page:
  curl -G ${url}/v1/tags --data-urlencode 'url=https://en.wikipedia.org/wiki/Honey_bee'

URLs of a tag that an answer named:
  curl '${url}/v1/tags/TAG/urls'

More sample pages:
${samplePages
  .slice(1)
  .map((page) => `  ${page}`)
  .join('\n')}
`;
}

async function main(args: readonly string[]): Promise<void> {
  const options = readOptions(args);
  if (options.help) {
    console.log(usage);
    return;
  }
  const logger = createLogger({ level: 'warn', base: { component: 'local' } });
  startTracing({ service: 'tagservice-local', endpoint: undefined, sampleRatio: 1 });
  const service = await startLocalService(options.port, logger);
  console.log(welcome(service));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void service.close().then(() => process.exit(0));
    });
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const expected = error instanceof UsageError || error instanceof PortTaken;
  console.error(expected ? error.message : error);
  if (error instanceof UsageError) console.error(`\n${usage}`);
  process.exit(error instanceof UsageError ? 2 : 1);
});
