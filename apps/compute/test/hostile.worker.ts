import { parentPort, threadId } from 'node:worker_threads';

// A worker that does what the page says, to try the limits of the pool.
parentPort?.on('message', ({ html }: { html: string }) => {
  if (html === 'spin') for (;;);
  // Takes time without using a processor, as a thread does that gets none.
  if (html.startsWith('wait ')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(html.slice(5)));
  if (html === 'grow') {
    const kept: number[][] = [];
    for (;;) kept.push(Array.from({ length: 100_000 }, Math.random));
  }
  if (html === 'throw') throw new TypeError('broken page');
  if (html === 'exit') process.exit(3);
  const title = html === 'thread' ? String(threadId) : html;
  parentPort?.postMessage({ findings: { title, language: 'en', tags: [] }, cpuMs: 1.5 });
});
