import { HarnessError } from '../errors.ts';

/** The flags that an image gives to Node: what stands in its ENTRYPOINT between `node` and the script. */
export function nodeFlags(dockerfile: string): readonly string[] {
  const line = /^ENTRYPOINT (\[.*\])$/m.exec(dockerfile)?.[1];
  const words = line === undefined ? undefined : (JSON.parse(line) as readonly string[]);
  if (words?.[0] !== 'node' || words.length < 2)
    throw new HarnessError('The Dockerfile has no ENTRYPOINT that begins with node.');
  return words.slice(1, -1);
}

/** The variables that an image gives to its process: its lines `ENV NAME=VALUE ...`. */
export function imageEnvironment(dockerfile: string): Readonly<Record<string, string>> {
  const pairs = Array.from(dockerfile.matchAll(/^ENV (.+)$/gm), ([, text = '']) => text.split(/\s+/)).flat();
  return Object.fromEntries(pairs.map((pair) => pair.split('=', 2) as [string, string]));
}
