import { describe, expect, it } from 'vitest';
import { add, closingLine, noTests, outcomeOfOutput, outcomeOfVitest, readClosingLine } from './counts.ts';

describe('closing line', () => {
  it('reads back what it wrote', () => {
    expect(readClosingLine(`noise\n${closingLine({ passed: 12, failed: 3 })}\n`)).toEqual({ passed: 12, failed: 3 });
  });

  it('takes the last of several, since suites print theirs one after the other', () => {
    expect(readClosingLine('1 passed, 0 failed\n2 passed, 1 failed\n')).toEqual({ passed: 2, failed: 1 });
  });

  it('finds none in a run that died before it', () => {
    expect(readClosingLine('12 passed, 3 failed so far ...')).toBeUndefined();
    expect(readClosingLine('')).toBeUndefined();
  });

  it('adds the suites up', () => {
    expect(add(add(noTests, { passed: 2, failed: 0 }), { passed: 3, failed: 1 })).toEqual({ passed: 5, failed: 1 });
  });
});

const failed = (fullName: string, message: string) => ({ fullName, status: 'failed', failureMessages: [message] });
const passed = (fullName: string) => ({ fullName, status: 'passed', failureMessages: [] });

describe('vitest report', () => {
  const report = {
    numPassedTests: 4,
    numFailedTests: 1,
    testResults: [
      { name: 'broken.spec.ts', status: 'failed', message: 'cannot be loaded\nat line 3', assertionResults: [] },
      {
        name: 'queue.spec.ts',
        status: 'failed',
        message: '',
        assertionResults: [
          passed('queue waits'),
          failed('queue keeps order', 'expected 1 to be 2\n  at queue.spec.ts:4'),
        ],
      },
      { name: 'store.spec.ts', status: 'passed', message: '', assertionResults: [passed('store keeps')] },
    ],
  };

  it('names every failure with its file and the first line of its message', () => {
    expect(outcomeOfVitest('unit', 1, report).failures).toEqual([
      'broken.spec.ts: cannot be loaded',
      'queue.spec.ts > queue keeps order: expected 1 to be 2',
    ]);
  });

  it('counts a file that could not even be loaded as a failure', () => {
    expect(outcomeOfVitest('unit', 1, report)).toMatchObject({ passed: 4, failed: 2 });
  });

  it('counts a run that failed outside its tests, or wrote no report, as one failure', () => {
    const well = { numPassedTests: 1, numFailedTests: 0, testResults: [report.testResults[2]!] };
    expect(outcomeOfVitest('unit', 0, well)).toEqual({ passed: 1, failed: 0, failures: [] });
    const outside = ['unit ended with code 1, outside every test'];
    expect(outcomeOfVitest('unit', 1, well)).toEqual({ passed: 1, failed: 1, failures: outside });
    expect(outcomeOfVitest('unit', 1, undefined)).toEqual({ passed: 0, failed: 1, failures: outside });
  });
});

describe('what a suite printed', () => {
  it('gives its counts and the line of each failure', () => {
    const output = 'FAILED create/writes/dropped: two differ\n  FAILED tags (3.1 s): no answer\n\n5 passed, 2 failed\n';
    expect(outcomeOfOutput('faults', 1, output)).toEqual({
      passed: 5,
      failed: 2,
      failures: ['create/writes/dropped: two differ', 'tags (3.1 s): no answer'],
    });
  });

  it('is a failure without a closing line, even where the command ended well', () => {
    expect(outcomeOfOutput('e2e', 0, 'cut off')).toMatchObject({
      failed: 1,
      failures: [expect.stringContaining('e2e')],
    });
    expect(outcomeOfOutput('e2e', 137, '3 passed, 0 failed')).toMatchObject({ passed: 3, failed: 1 });
  });
});
