import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentHash } from './canonical.ts';
import { project } from './projection.ts';

describe('what a manager asked for, as it is now', () => {
  it('leaves out what others set, at every depth', () => {
    const desired = { metadata: { labels: { ours: '1' } }, spec: { template: { image: 'a' } } };
    const live = {
      metadata: { labels: { ours: '1', theirs: '2' }, uid: 'u' },
      spec: { replicas: 3, template: { image: 'a', pull: 'Always' } },
    };
    expect(project(desired, live)).toEqual(desired);
  });

  it('shows the live value where it differs', () => {
    expect(project({ data: { a: '1' } }, { data: { a: '2', b: '3' } })).toEqual({ data: { a: '2' } });
  });

  it('shows a field that is gone by leaving it out', () => {
    expect(project({ data: { a: '1' } }, { data: {} })).toEqual({ data: {} });
    expect(project({ data: { a: '1' } }, {})).toEqual({});
  });

  it('matches the elements of a list by their name, not by their place', () => {
    const desired = { containers: [{ name: 'app', image: 'a' }] };
    const live = {
      containers: [
        { name: 'sidecar', image: 's' },
        { name: 'app', image: 'a', tty: true },
      ],
    };
    expect(project(desired, live)).toEqual(desired);
  });

  it('notices when an element of ours was removed', () => {
    const desired = { containers: [{ name: 'app' }, { name: 'helper' }] };
    expect(project(desired, { containers: [{ name: 'app' }] })).toEqual({ containers: [{ name: 'app' }, null] });
  });

  it('matches ports without names by number, conditions by type', () => {
    const live = {
      ports: [{ port: 81 }, { port: 80, nodePort: 30_000 }],
      conditions: [{ type: 'Ready', status: 'True' }],
    };
    expect(project({ ports: [{ port: 80 }], conditions: [{ type: 'Ready', status: 'False' }] }, live)).toEqual({
      ports: [{ port: 80 }],
      conditions: [{ type: 'Ready', status: 'True' }],
    });
  });

  it('takes lists of plain values whole: their order has a meaning', () => {
    expect(project({ args: ['a', 'b'] }, { args: ['b', 'a'] })).toEqual({ args: ['b', 'a'] });
  });

  it('matches elements that nothing names by their place, as long as none is added or removed', () => {
    const desired = { claims: [{ metadata: { name: 'a' }, spec: { mode: 'x' } }] };
    const live = { metadata: { name: 'a' }, spec: { mode: 'x', filled: 'in' }, status: { phase: 'Pending' } };
    expect(project(desired, { claims: [live] })).toEqual(desired);
    expect(project(desired, { claims: [live, live] })).toEqual({ claims: [live, live] });
    expect(project(desired, { claims: [] })).toEqual({ claims: [] });
  });

  it('takes no field for set that every object inherits', () => {
    expect(project({ data: { constructor: 'x', toString: 'y' } }, { data: {} })).toEqual({ data: {} });
    const tricky: unknown = JSON.parse('{"__proto__":"1"}');
    expect(contentHash(project(tricky, tricky))).toBe(contentHash(tricky));
  });

  it('ignores fields that were left undefined', () => {
    expect(project({ a: undefined, b: 1 }, { a: 5, b: 1 })).toEqual({ b: 1 });
  });

  it('is the object itself for any object that is asked for in full', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        // JSON has no negative zero; a round trip makes the example what the wire can carry.
        const wire: unknown = JSON.parse(JSON.stringify(value));
        expect(contentHash(project(wire, structuredClone(wire)))).toBe(contentHash(wire));
      }),
    );
  });

  it('does not notice what is added beside what was asked for', () => {
    const record = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer()));
    fc.assert(
      fc.property(record, record, (ours, theirs) => {
        expect(contentHash(project(ours, { ...theirs, ...ours }))).toBe(contentHash(ours));
      }),
    );
  });
});
