import type { FastifyInstance } from 'fastify';
import { Problem } from '../http/problem.error.ts';
import { extendRoute } from '../http/route-config.ts';
import { sendProblem } from '../http/send-problem.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Media type of the answers of a route; JSON unless said otherwise. */
    produces?: string;
  }
}

const JSON_TYPE = 'application/json';
/** Refusals come in this form whatever a route answers with: who accepts it alone is served, too. */
const PROBLEM_TYPE = 'application/problem+json';

/** Says that a route answers with something else than JSON. */
export function Produces(mediaType: string): MethodDecorator {
  return extendRoute({ produces: mediaType });
}

/** Refuses with 406 what nobody could read, before any work is done. */
export function refuseUnacceptable(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    const { accept } = request.headers;
    const { config } = request.matched;
    const produced = config?.produces ?? JSON_TYPE;
    if (accept === undefined || config === undefined || accepts(accept, produced)) done();
    else sendProblem(reply, new Problem('NOT_ACCEPTABLE', { detail: `This path answers with ${produced}.` }));
  });
}

/** Whether an `Accept` header (RFC 9110 §12.5.1) allows this media type, or at least problems; parameters other than `q` do not matter. */
export function accepts(header: string, mediaType: string): boolean {
  if (header === '*/*' || header === mediaType) return true;
  const ranges = header.split(',').map(parseRange);
  const wanted = ranges.filter(({ type }) => type !== '');
  // A header that says nothing at all allows everything.
  if (wanted.length === 0) return true;
  return [mediaType, PROBLEM_TYPE].some((type) => allowed(wanted, type));
}

interface Range {
  readonly type: string;
  readonly refused: boolean;
}

/** The most specific range that matches decides: `text/*, text/html;q=0` refuses HTML. */
function allowed(ranges: readonly Range[], type: string): boolean {
  const family = `${type.split('/', 1)[0] ?? ''}/*`;
  const decisive = [type, family, '*/*']
    .map((candidate) => ranges.find((range) => range.type === candidate))
    .find((range) => range !== undefined);
  return decisive !== undefined && !decisive.refused;
}

function parseRange(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  return { type, refused: parameters.some((parameter) => /^q\s*=\s*0(\.0{0,3})?$/.test(parameter)) };
}
