import type { Report } from '@tagservice/cluster';

/** Runs one step of long work: reports that it began, what it notes on the way, and how long it took. A step that fails is not reported as done. */
export async function step<T>(
  report: Report,
  title: string,
  work: (note: (text: string) => void) => Promise<T>,
): Promise<T> {
  const started = performance.now();
  const elapsed = (): number => (performance.now() - started) / 1000;
  report({ kind: 'begin', step: title });
  const result = await work((detail) => {
    report({ kind: 'progress', step: title, seconds: elapsed(), detail });
  });
  report({ kind: 'done', step: title, seconds: elapsed() });
  return result;
}

/** Progress that nobody reads. */
export const silent: Report = () => undefined;
