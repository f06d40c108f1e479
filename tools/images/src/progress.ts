import { step as clusterStep, type Report } from '@tagservice/cluster';

/** A build prints hundreds of lines: one in this time is shown. */
const noteEveryMs = 5000;

/** A step whose work may note as often as it likes; only now and then is one shown. */
export async function step<T>(
  report: Report,
  title: string,
  work: (note: (text: string) => void) => Promise<T>,
): Promise<T> {
  let last = performance.now();
  return await clusterStep(report, title, ({ progress }) =>
    work((text) => {
      if (performance.now() - last < noteEveryMs || text.trim() === '') return;
      last = performance.now();
      progress(text.slice(0, 120));
    }),
  );
}
