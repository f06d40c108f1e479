import { describe, expect, it } from 'vitest';
import { service } from '../../test/fixtures.ts';
import { snapshotOf, TemplateTooLongError } from './snapshot.ts';

const images = { api: 'tagservice/api:1', compute: 'tagservice/compute:1' };
const input = (hash: string) => [{ kind: 'Secret' as const, name: 'token', hash }];

describe('a snapshot', () => {
  it('is the same for the same declaration, and named after it', () => {
    const snapshot = snapshotOf(service(), images, input('a'.repeat(64)));
    expect(snapshotOf(service(), images, input('a'.repeat(64)))).toEqual(snapshot);
    expect(snapshot.name).toBe(`demo-${snapshot.id}`);
    expect(snapshot.spec.hash.startsWith(snapshot.id)).toBe(true);
    expect(snapshot.id).toMatch(/^[0-9a-f]{10}$/);
  });

  it('is another when an image, a setting or what is read is another', () => {
    const names = [
      snapshotOf(service(), images, input('a')),
      snapshotOf(service(), { ...images, api: 'tagservice/api:2' }, input('a')),
      snapshotOf(service({ images: { compute: 'own:1' } }), images, input('a')),
      snapshotOf(service({ compute: { concurrency: 5 } }), images, input('a')),
      snapshotOf(service(), images, input('b')),
    ].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('holds what is needed to bring it up again, and how the queue is read', () => {
    const { spec } = snapshotOf(service({ images: { api: 'own:1' } }), images, []);
    expect(spec.images).toEqual({ api: 'own:1', compute: 'tagservice/compute:1' });
    expect(spec.consumer).toEqual({
      group: 'tags.demo.compute',
      topic: 'tags.demo.tag-requests',
      concurrency: 16,
      attempts: 4,
    });
    expect(JSON.parse(spec.templates.api)).toMatchObject({ spec: { containers: [{ image: 'own:1' }] } });
  });

  it('that would be too long to store is refused with the field and the remedy', () => {
    const value = '\u0001'.repeat(4_096);
    const env = Array.from({ length: 64 }, (_entry, index) => ({ name: `A${index.toString()}`, value }));
    expect(() => snapshotOf(service({ compute: { pod: { env } } }), images, [])).toThrow(TemplateTooLongError);
    expect(() => snapshotOf(service({ compute: { pod: { env } } }), images, [])).toThrow(
      /spec\.compute\.pod .* shorten env and annotations/,
    );
  });

  it('has a name whose Deployments and their pods fit, for the longest service name', () => {
    const { id } = snapshotOf(service({}, 'a'.repeat(40)), images, []);
    expect(`${'a'.repeat(40)}-compute-${id}`.length).toBeLessThanOrEqual(63);
  });
});
