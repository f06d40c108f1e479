import { Secret } from '@tagservice/controller-runtime';
import type { ChildWriter } from './child-writer.ts';
import { isManaged } from './labels.ts';

/** A Secret of our own making. */
export type OwnSecret = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Its values by key; asked for only where there is none yet. */
  make(): Readonly<Record<string, string>>;
};

/**
 * A Secret that is made at the first visit and never rewritten: what runs would be locked out. Only labels that somebody took away are put back:
 * without them the cache does not show the Secret. Answers its values as the API server keeps them (base64).
 */
export async function ensureSecret(
  children: ChildWriter,
  { name, labels, make }: OwnSecret,
): Promise<Readonly<Record<string, string>> | undefined> {
  const metadata = { name, labels: { ...labels } };
  const secret = await children.createOnce(Secret, name, () => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata,
    type: 'Opaque',
    data: encodeSecret(make()),
  }));
  if (!isManaged(secret)) await children.patch(Secret, secret, { patch: { metadata: { labels: metadata.labels } } });
  return secret.data;
}

/** Base64 values as a Secret holds them. */
export function encodeSecret(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
}
