import { beforeEach, describe, expect, it } from 'vitest';
import { RuleInUse } from './rules.ts';
import { collectionOf, Unobserved, type Expiring } from './unobserved.ts';

const pods = collectionOf({ group: '', resource: 'pods' });
const nodes = collectionOf({ group: '', resource: 'nodes' });
const hide = (relist?: boolean): RuleInUse =>
  new RuleInUse({ match: {}, fault: { kind: 'hide', ...(relist === undefined ? {} : { relist }) } }, () => undefined);

describe('what watches missed', () => {
  let unobserved: Unobserved;
  let ended: string[];
  const watch = (collection: string): Expiring => ({ collection, expire: () => ended.push(collection) });

  beforeEach(() => {
    unobserved = new Unobserved();
    ended = [];
    unobserved.watches.add(watch(pods)).add(watch(nodes));
    unobserved.saw(pods, '10');
    unobserved.saw(pods, '9');
  });

  it('ends the watches of that kind once the rule is gone, and refuses those from before', () => {
    const rule = hide();
    unobserved.hid(rule, pods);
    unobserved.settle();
    expect(ended).toEqual([]);
    expect(unobserved.isForgotten(pods, '5')).toBe(false);
    rule.remove();
    unobserved.settle();
    unobserved.settle();
    expect(ended).toEqual([pods]);
    expect([unobserved.isForgotten(pods, '9'), unobserved.isForgotten(pods, '10')]).toEqual([true, false]);
    expect(unobserved.isForgotten(nodes, '5')).toBe(false);
  });

  it('does not concern a watch that takes whatever version there is', () => {
    const rule = hide();
    unobserved.hid(rule, pods);
    rule.remove();
    unobserved.settle();
    expect([unobserved.isForgotten(pods, undefined), unobserved.isForgotten(pods, '0')]).toEqual([false, false]);
  });

  it('stays missed for ever where the client is not to be told', () => {
    const rule = hide(false);
    unobserved.hid(rule, pods);
    rule.remove();
    unobserved.settle();
    expect(ended).toEqual([]);
    expect(unobserved.isForgotten(pods, '1')).toBe(false);
  });
});
