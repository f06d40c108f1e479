import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Query } from '../http/query.ts';
import type { FindTags } from './find-tags.use-case.ts';
import type { PageSender } from './page-sender.ts';

/** Where pages are asked for. */
const PATTERN = '/v1/tags';

/** What is known about pages, and who sends it. */
interface KnownPages {
  readonly findTags: FindTags;
  readonly pages: PageSender;
}

/**
 * Answers questions that came before and whose answer is in memory, as nearly all are, before they reach their controller: looking at the question again
 * and going through the framework would be a sixth of the work. Install it after all that a caller has to pass, and before the framework, which gives what it needs.
 */
export function answerKnownPages(server: FastifyInstance): { use(known: KnownPages): void } {
  let known: KnownPages | undefined;
  const answers = (request: FastifyRequest, reply: FastifyReply): boolean => {
    if (request.matched.pattern !== PATTERN || request.headers['prefer'] !== undefined) return false;
    const url = onlyUrl(request.query as Query);
    const found = url === undefined ? undefined : known?.findTags.rememberedSpelling(url);
    // A stale page is to be made anew, for which the controller sees, except where there is no room for more work.
    if (found === undefined || (found.stale && request.refusal === null)) return false;
    known?.pages.send(reply, found);
    return true;
  };
  server.addHook('onRequest', (request, reply, done) => {
    if (!answers(request, reply)) done();
  });
  return {
    use(parts) {
      known = parts;
    },
  };
}

/** Of a question that asks for a page and nothing else. */
function onlyUrl(query: Query): string | undefined {
  const { url } = query;
  return typeof url === 'string' && Object.keys(query).length === 1 ? url : undefined;
}
