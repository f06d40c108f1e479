export { bullMqTimer, type BullMqTimerOptions } from './bullmq-timer.ts';
export { MemorySchedule, memoryTimer, type MemoryTimerOptions } from './memory-timer.ts';
export { TimerUnavailable, type DelayedMessage, type MessageTimer, type Scheduled } from './message-timer.port.ts';
