import { describe, expect, it } from 'vitest';
import { metadataIn } from './metadata.ts';

const versionOf = (text: string): string | undefined => metadataIn(text).version;

describe('versions in answers', () => {
  it('are found in objects and lists', () => {
    expect(versionOf('{"kind":"Pod","metadata":{"name":"a","resourceVersion":"5"}}')).toBe('5');
    expect(versionOf('{"kind":"Status","metadata":{}}')).toBeUndefined();
    expect(versionOf('null')).toBeUndefined();
    expect(versionOf('not json')).toBeUndefined();
  });

  it('come with the name, if there is one', () => {
    expect(metadataIn('{"metadata":{"name":"a-x7k","resourceVersion":"5"}}')).toEqual({ name: 'a-x7k', version: '5' });
  });

  it('are found in long lists, at whichever end the server writes them', () => {
    const items = JSON.stringify(
      Array.from({ length: 5000 }, (_, index) => ({
        metadata: { name: 'x'.repeat(60), resourceVersion: String(index) },
      })),
    );
    const metadata = '"metadata":{"continue":"","resourceVersion":"77777"}';
    expect(versionOf(`{"kind":"PodList","apiVersion":"v1",${metadata},"items":${items}}\n`)).toBe('77777');
    expect(versionOf(`{"apiVersion":"x/v1","items":${items},"kind":"ThingList",${metadata}}\n`)).toBe('77777');
    expect(versionOf(`{"items":${items}}`)).toBeUndefined();
  });
});
