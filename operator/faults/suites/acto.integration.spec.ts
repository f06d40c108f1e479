import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../bed/world.ts';
import { parseOptions } from '../options.ts';
import { actoSuite } from './acto.suite.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld();
});

afterAll(async () => {
  await world.stop();
});

describe('some values of some fields', () => {
  it('are taken by a running service and taken back, and a short walk ends where it began', async () => {
    const lines: string[] = [];
    const options = parseOptions(
      ['--suite', 'acto', '--plans', '16', '--jobs', '3', '--rest', '3'],
      [{ name: 'acto', summary: '' }],
    );
    const { passed } = await actoSuite(world, options, (line) => lines.push(line));
    expect(lines.filter((line) => line.startsWith('FAILED'))).toEqual([]);
    expect(passed).toBeGreaterThan(16);
  }, 180_000);
});
