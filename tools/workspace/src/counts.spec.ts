import { describe, expect, it } from 'vitest';
import { add, closingLine, countsOfVitest, noTests, readClosingLine } from './counts.ts';

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

describe('vitest report', () => {
  it('counts a file that could not even be loaded as a failure', () => {
    const report = {
      numPassedTests: 4,
      numFailedTests: 1,
      testResults: [
        { status: 'failed', assertionResults: [] },
        { status: 'failed', assertionResults: [{}] },
        { status: 'passed', assertionResults: [{}] },
      ],
    };
    expect(countsOfVitest(report)).toEqual({ passed: 4, failed: 2 });
  });
});
