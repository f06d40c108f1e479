import { createHash, createHmac } from 'node:crypto';
import type { RevisionInput } from '@tagservice/crd';
import type { Reference } from './references.ts';

/** What is known of an object that pods read: digests of its values by key. `absent`: it does not exist. */
export type Content =
  | { readonly kind: 'known'; readonly digests: ReadonlyMap<string, string> }
  | { readonly kind: 'absent' }
  /** Not looked at yet, or it cannot be (`problem` says why). */
  | { readonly kind: 'unknown'; readonly problem?: string };

/** Answers what is known of an object in the namespace of the service. */
export type ReadContent = (reference: Pick<Reference, 'kind' | 'name'>) => Content;

/** The inputs of a revision; or what keeps one from being made. */
export type Inputs =
  | { readonly kind: 'known'; readonly inputs: readonly RevisionInput[] }
  | { readonly kind: 'unknown'; readonly problems: readonly { reference: Reference; problem: string }[] }
  | { readonly kind: 'missing'; readonly references: readonly Reference[] };

/** Digest of one value, for the operator's memory only. */
export const digestOf = (value: string): string => createHash('sha256').update(value).digest('hex');

/**
 * Looks everything up that pods read. `secret` keys the hashes that are published: whoever may read revisions but not Secrets must not be able
 * to try out short contents.
 */
export function readInputs(references: readonly Reference[], read: ReadContent, secret: string): Inputs {
  const contents = new Map(references.map((reference) => [idOf(reference), read(reference)]));
  const contentOf = (reference: Reference): Content => contents.get(idOf(reference)) ?? { kind: 'absent' };
  const problems = references.flatMap((reference) => {
    const content = contentOf(reference);
    return content.kind === 'unknown' ? [{ reference, problem: content.problem ?? 'not looked at yet' }] : [];
  });
  if (problems.length > 0) return { kind: 'unknown', problems };
  const missing = references.filter((one) => !one.optional && valueOf(contentOf(one), one.key) === undefined);
  if (missing.length > 0) return { kind: 'missing', references: missing };
  const lasting = references.filter(({ live }) => live !== true);
  return { kind: 'known', inputs: inputsOf(lasting, contentOf, secret) };
}

function inputsOf(
  references: readonly Reference[],
  contentOf: (reference: Reference) => Content,
  secret: string,
): RevisionInput[] {
  const byObject = Map.groupBy(references, idOf);
  const ids = [...byObject.keys()].sort();
  return ids.flatMap((id) => {
    const uses = byObject.get(id) ?? [];
    const [first] = uses;
    if (first === undefined) return [];
    const keys = [...new Set(uses.map(({ key }) => key))].sort();
    const values = keys.map((key) => [key, valueOf(contentOf(first), key) ?? null] as const);
    const { kind, name } = first;
    if (contentOf(first).kind === 'absent') return [{ kind, name }];
    const hash = createHmac('sha256', secret)
      .update(JSON.stringify([kind, name, values]))
      .digest('hex');
    return [{ kind, name, hash }];
  });
}

const idOf = ({ kind, name }: Pick<Reference, 'kind' | 'name'>): string => `${kind}/${name}`;

const valueOf = (content: Content, key: string): string | undefined =>
  content.kind === 'known' ? content.digests.get(key) : undefined;
