import { parentPort } from 'node:worker_threads';
import { tagPage } from '@tagservice/tagging';
import type { TagPageInput } from '@tagservice/tagging';
import type { WorkerAnswer } from './tagging/tagging-pool.ts';

// The entry of a worker thread: one page at a time in, its tags out. What it throws ends it, and the pool starts another.
parentPort?.on('message', (input: TagPageInput) => {
  const before = process.threadCpuUsage();
  const { text: _, ...findings } = tagPage(input);
  const { user, system } = process.threadCpuUsage(before);
  // The text stays here: nobody needs it, and copying it to the main thread would cost more than finding the tags of a short page.
  const answer: WorkerAnswer = { findings, cpuMs: (user + system) / 1_000 };
  parentPort?.postMessage(answer);
});
