import { describe } from 'vitest';
import { MemorySchedule, memoryTimer } from './memory-timer.ts';
import { messageTimerContract } from './message-timer.contract.ts';

let schedule = new MemorySchedule();

describe('the timer in memory', () => {
  messageTimerContract(() => ({
    fresh: () => Promise.resolve(void (schedule = new MemorySchedule())),
    timer: (over) => memoryTimer({ schedule, ...over }),
  }));
});
