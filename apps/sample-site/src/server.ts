import { createServer, type Server } from 'node:http';
import type { Page } from './page.ts';
import { answerFor } from './routes.ts';

/** An HTTP server of the given pages; it reads nothing but the path and keeps no state. */
export function sampleSite(pages: readonly Page[]): Server {
  const bySlug = new Map(pages.map((page) => [page.slug, page]));
  return createServer((request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
      return;
    }
    const answer = answerFor(path, bySlug);
    if (answer.kind === 'hang') return;
    const length = Buffer.byteLength(answer.body);
    response.writeHead(answer.status, {
      'content-type': answer.type,
      'content-length': length,
      'cache-control': 'max-age=60',
    });
    response.end(request.method === 'HEAD' ? undefined : answer.body);
  });
}
