import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startReplay, type ReplayServer } from './replay.ts';

const list = '{"kind":"ConfigMapList","items":[]}';
let server: ReplayServer;
const ask = (query: string): Promise<Response> =>
  fetch(`http://127.0.0.1:${String(server.port)}/api/v1/namespaces/n/configmaps${query}`);

beforeAll(async () => {
  server = await startReplay(list);
});

afterAll(async () => {
  await server.close();
});

describe('a replayed API server', () => {
  it('answers a list with what was recorded, whatever page is asked for', async () => {
    expect(await (await ask('?limit=500')).text()).toBe(list);
    expect(await (await ask('')).text()).toBe(list);
  });

  it('keeps a watch open and silent until lines are sent, and ends it cleanly', async () => {
    const opened = server.opened;
    const watch = await ask('?watch=true&resourceVersion=7');
    expect(server.opened).toBe(opened + 1);
    expect(server.watches).toBe(1);
    server.send('{"type":"MODIFIED"}\n');
    server.send('{"type":"MODIFIED"}\n');
    server.endWatches();
    expect(await watch.text()).toBe('{"type":"MODIFIED"}\n{"type":"MODIFIED"}\n');
    await vi.waitFor(() => {
      expect(server.watches).toBe(0);
    });
  });
});
