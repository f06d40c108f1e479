import { describe } from 'vitest';
import { MemorySchedule, memoryRetryTimer } from './memory-retry-timer.ts';
import { retryTimerContract } from './retry-timer.contract.ts';

let schedule = new MemorySchedule();

describe('the retry timer in memory', () => {
  retryTimerContract(() => ({
    fresh: () => Promise.resolve(void (schedule = new MemorySchedule())),
    timer: (over) => memoryRetryTimer({ schedule, ...over }),
  }));
});
