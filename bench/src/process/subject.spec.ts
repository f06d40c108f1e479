import { describe, expect, it } from 'vitest';
import { BenchFailure } from '../errors.ts';
import { Subject } from './subject.ts';

const node = (script: string) => ({ program: process.execPath, args: ['-e', script] });
const echo = `
console.log('{"event":"ready"}');
require('node:readline').createInterface(process.stdin).on('line', (line) => {
  if (line === 'die') process.exit(3);
  console.log(JSON.stringify({ event: 'report', asked: line }));
});`;

describe('a measured process', () => {
  it('answers commands one by one, tells what it uses, and ends with its input', async () => {
    const subject = await Subject.start(node(echo));
    expect(await subject.ask('one')).toEqual({ event: 'report', asked: 'one' });
    expect(await subject.ask('two')).toEqual({ event: 'report', asked: 'two' });
    expect(subject.usage().rssMiB).toBeGreaterThan(10);
    await subject.stop();
    expect(() => subject.usage()).toThrow();
    await subject.stop();
  });

  it('that dies is told with what it wrote last', async () => {
    const broken = Subject.start(node('console.error("no such flag"); process.exit(2)'));
    await expect(broken).rejects.toThrow(/ended \(2\):\nno such flag/);
  });

  it('that dies instead of answering is told too', async () => {
    const subject = await Subject.start(node(echo));
    await expect(subject.ask('die')).rejects.toThrow(/ended \(3\)/);
    await subject.stop();
  });

  it('that babbles is not believed', async () => {
    await expect(Subject.start(node('console.log("hello")'))).rejects.toThrow(BenchFailure);
  });

  it('that does not exist is told', async () => {
    await expect(Subject.start({ program: '/no/such/program', args: [] })).rejects.toThrow(/could not be started/);
  });
});
