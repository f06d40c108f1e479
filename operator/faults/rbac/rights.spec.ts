import type { HistoryEntry } from '@tagservice/fault-proxy';
import { describe, expect, it } from 'vitest';
import { missingIn, rightsOf, rightText, usedRights, without, type Role } from './rights.ts';

const role: Role = {
  kind: 'Role',
  metadata: { name: 'operator' },
  rules: [
    { apiGroups: ['apps'], resources: ['deployments', 'statefulsets'], verbs: ['get', 'patch'] },
    { apiGroups: [''], resources: ['secrets'], resourceNames: ['one'], verbs: ['get'] },
  ],
};
const texts = (roles: readonly Role[]) => rightsOf(roles).map(rightText);

describe('the rights of a role', () => {
  it('are every verb on every resource of every group', () => {
    expect(texts([role])).toEqual([
      'get deployments.apps',
      'get secrets',
      'get statefulsets.apps',
      'patch deployments.apps',
      'patch statefulsets.apps',
    ]);
  });

  it('are counted once, however many rules give them', () => {
    expect(texts([role, role])).toEqual(texts([role]));
  });

  it('can lose one and keep all others', () => {
    const rules = without(role.rules ?? [], { group: 'apps', resource: 'statefulsets', verb: 'patch' });
    expect(texts([{ ...role, rules }])).toEqual(texts([role]).filter((text) => text !== 'patch statefulsets.apps'));
    expect(rules.at(-1)).toMatchObject({ resources: ['secrets'], resourceNames: ['one'] });
  });
});

const entry = (more: Partial<HistoryEntry>): HistoryEntry =>
  ({ verb: 'get', group: 'apps', resource: 'deployments', code: 200, ...more }) as HistoryEntry;

describe('the rights that requests needed', () => {
  it('are a patch for an apply, and a create where it made the object', () => {
    expect(usedRights([entry({ verb: 'apply', code: 200 })]).map(rightText)).toEqual(['patch deployments.apps']);
    expect(usedRights([entry({ verb: 'apply', code: 201 })]).map(rightText)).toEqual([
      'create deployments.apps',
      'patch deployments.apps',
    ]);
  });

  it('are told with the subresource', () => {
    expect(usedRights([entry({ verb: 'patch', subresource: 'scale' })]).map(rightText)).toEqual([
      'patch deployments/scale.apps',
    ]);
  });

  it('are none for what was refused, unanswered or no resource', () => {
    const unanswered = { ...entry({}), code: undefined } as unknown as HistoryEntry;
    expect(usedRights([entry({ code: 403 }), unanswered, entry({ resource: '' })])).toEqual([]);
  });

  it('are compared in both directions', () => {
    const used = usedRights([entry({}), entry({ verb: 'delete' })]);
    expect(missingIn(used, rightsOf([role])).map(rightText)).toEqual(['delete deployments.apps']);
    expect(missingIn(rightsOf([role]), used)).toHaveLength(4);
  });
});
