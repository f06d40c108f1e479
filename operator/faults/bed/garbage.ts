import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Collects the garbage of this process now, so that it is not done while something is measured: with the objects of a thousand TagServices in memory it
 * takes both cores of a small machine for half a second, and every change that meets it would look slow.
 */
export function collectGarbage(): void {
  // The function is there only with the flag, and only in a context that is made after it.
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
}
