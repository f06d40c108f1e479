import type { Exchange, Whole } from './exchange.ts';
import { isNewer, isVersion } from './history.ts';
import { splitPath } from './request-info.ts';
import type { RuleInUse } from './rules.ts';
import { refusal } from './status.ts';
import type { Subject } from './types.ts';

/** True if the read allows the state of `version`: only then may a real API server answer it so. */
export function allowsOlder(request: Subject, version: string | undefined): boolean {
  const { resourceVersion, resourceVersionMatch } = request;
  if (resourceVersion === undefined || resourceVersionMatch === 'Exact') return false;
  if (resourceVersion === '0') return true;
  // A page of a list at a version, without more being said, is of exactly that version.
  const exact = request.verb === 'list' && resourceVersionMatch === undefined && queryOf(request).has('limit');
  return !exact && isVersion(resourceVersion) && version !== undefined && !isNewer(resourceVersion, version);
}

/** True if this request can be answered from the past at all. */
export function canBeStale(rule: RuleInUse, request: Subject): boolean {
  const { fault } = rule.rule;
  if (fault.kind !== 'stale' || (request.verb !== 'get' && request.verb !== 'list')) return false;
  if (request.resource === '' || !['', 'status'].includes(request.subresource ?? '')) return false;
  // Later pages carry the version of the first in their token.
  if (queryOf(request).has('continue')) return false;
  return fault.illegal === true || allowsOlder(request, rule.version);
}

/** Answers a get or list as of the rule's version: the API server itself keeps the history, so the answer is as consistent as its own. */
export async function answerStale(exchange: Exchange, rule: RuleInUse): Promise<void> {
  rule.version ??= await exchange.passage.backend.version();
  if (exchange.entry.verb === 'list') {
    await exchange.reply(await exchange.complete({ path: exactly(exchange.entry, rule.version) }));
    return;
  }
  const answer = await exchange.complete({ path: listOfOne(exchange.entry, rule.version), accept: 'application/json' });
  if (answer.code !== 200) {
    await exchange.reply(answer);
    return;
  }
  const object = firstItem(answer);
  if (object === undefined) await exchange.refuse(refusal({ code: 404 }, exchange.entry));
  else await exchange.reply({ ...answer, body: Buffer.from(JSON.stringify(object)) });
}

function exactly(request: Subject, version: string): string {
  const { pathname, query } = splitPath(request.path);
  query.set('resourceVersion', version);
  query.set('resourceVersionMatch', 'Exact');
  return `${pathname}?${query.toString()}`;
}

/** There is no get of an older version, but a list with one object. */
function listOfOne(request: Subject, version: string): string {
  const { pathname } = splitPath(request.path);
  const parts = pathname.split('/').filter((part) => part !== '');
  const collection = parts.slice(0, request.subresource === undefined ? -1 : -2).join('/');
  const query = new URLSearchParams({
    fieldSelector: `metadata.name=${request.name ?? ''}`,
    resourceVersion: version,
    resourceVersionMatch: 'Exact',
  });
  return `/${collection}?${query.toString()}`;
}

/** Items of a list do not say what they are. */
function firstItem(answer: Whole): object | undefined {
  const list = JSON.parse(answer.body.toString('utf8')) as { kind: string; apiVersion: string; items: object[] | null };
  const item = list.items?.[0];
  return item && { apiVersion: list.apiVersion, kind: list.kind.replace(/List$/, ''), ...item };
}

function queryOf(request: Subject): URLSearchParams {
  return splitPath(request.path).query;
}
