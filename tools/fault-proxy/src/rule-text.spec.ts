import { describe, expect, it } from 'vitest';
import { FaultProxyUsageError } from './errors.ts';
import { parseRule, ruleHelp } from './rule-text.ts';
import { RuleList } from './rules.ts';
import type { FaultRule } from './types.ts';

describe('a rule in words', () => {
  it.each<[string, FaultRule]>([
    ['crash lost-response for write=3', { match: { write: 3 }, fault: { kind: 'crash', when: 'lost-response' } }],
    ['drop', { match: {}, fault: { kind: 'drop' } }],
    ['  gone   for verb=watch ', { match: { verb: 'watch' }, fault: { kind: 'gone' } }],
    [
      'answer 429 retryAfterSeconds=2 for verb=list,watch resource=pods times=3 skip=1',
      {
        match: { verb: ['list', 'watch'], resource: 'pods' },
        times: 3,
        skip: 1,
        fault: { kind: 'answer', code: 429, retryAfterSeconds: 2 },
      },
    ],
    [
      'answer code=504 done=true for write=1,2',
      { match: { write: [1, 2] }, fault: { kind: 'answer', code: 504, done: true } },
    ],
    [
      'hide relist=false for name=/^a,b-/ event=DELETED',
      { match: { name: /^a,b-/, event: 'DELETED' }, fault: { kind: 'hide', relist: false } },
    ],
    ['slow 0.5 for verb=watch', { match: { verb: 'watch' }, fault: { kind: 'slow', bytesPerSecond: 0.5 } }],
    [
      'stale 42 illegal=true for dryRun=false subresource=',
      { match: { dryRun: false, subresource: '' }, fault: { kind: 'stale', version: '42', illegal: true } },
    ],
    ['truncate end=reset', { match: {}, fault: { kind: 'truncate', end: 'reset' } }],
    ['hold body', { match: {}, fault: { kind: 'hold', from: 'body' } }],
    ['delay 50 on=answer', { match: {}, fault: { kind: 'delay', ms: 50, on: 'answer' } }],
    ['reorder 20', { match: {}, fault: { kind: 'reorder', windowMs: 20 } }],
    ['duplicate second', { match: {}, fault: { kind: 'duplicate', deliver: 'second' } }],
    ['lose-response', { match: {}, fault: { kind: 'lose-response' } }],
  ])('%s', (text, rule) => {
    expect(parseRule(text)).toEqual(rule);
    new RuleList({ newestVersion: () => undefined, onChange: () => undefined }).add(parseRule(text));
  });

  it.each([
    ['explode', /no fault; there are crash/],
    ['', /no fault/],
    ['toString', /no fault/],
    ['crash', /needs when: when=before\|after\|lost-response/],
    ['crash sometimes', /when cannot be "sometimes"/],
    ['answer', /needs code/],
    ['answer many', /code cannot be "many": NUMBER/],
    ['answer code=', /code cannot be ""/],
    ['drop hard', /no properties/],
    ['drop for verb', /not understood here/],
    ['drop for colour=red', /"colour=red" is not understood/],
    ['drop for verb=list,explode', /verb cannot be "explode"/],
    ['drop for name=/(/', /no pattern/],
    ['hide relist=perhaps', /true\|false/],
  ])('%o is refused with what is wrong', (text, wrong) => {
    expect(() => parseRule(text)).toThrow(FaultProxyUsageError);
    expect(() => parseRule(text)).toThrow(wrong);
  });

  it('is explained by examples that can be read', () => {
    const examples = ruleHelp.split('\n').filter((line) => line.includes(' for ') && line.startsWith('  '));
    expect(examples.length).toBeGreaterThan(3);
    for (const example of examples) expect(() => parseRule(example)).not.toThrow();
  });
});
