import { describe, expect, it } from 'vitest';
import { ComponentFailed } from './errors.ts';
import { openLocalPort } from './local-port.ts';
import { listens } from './ports.ts';

const server = `const s = require('net').createServer(); s.listen(0, '127.0.0.1', () => { console.log('hello'); console.log('port ' + s.address().port); });`;
const portIn = (line: string): number | undefined => (line.startsWith('port ') ? Number(line.slice(5)) : undefined);

describe('a port that a program opens for us', () => {
  it('is known when the program has named it, and closed when it is closed', async () => {
    const forward = await openLocalPort({ command: [process.execPath, '-e', server], portIn, what: 'The port' });
    expect(forward.url).toBe(`http://127.0.0.1:${String(forward.port)}`);
    expect(await listens(forward.port)).toBe(true);
    await forward.close();
    expect(await listens(forward.port)).toBe(false);
  });

  it('is refused with what the program said when it ends instead', async () => {
    const failing = { command: ['sh', '-c', 'echo no such service >&2; exit 1'], portIn, what: 'The port to web' };
    const opening = openLocalPort(failing);
    await expect(opening).rejects.toThrow(ComponentFailed);
    await expect(opening).rejects.toThrow('The port to web could not be opened: no such service');
  });
});
