import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { until } from '../testing/eventually.ts';
import {
  lists,
  log,
  oneList,
  run,
  running,
  serve,
  server,
  stop,
  told,
  watchRequests,
  useReflector,
} from '../testing/reflector-fixture.ts';
import { configMap, isWatch, json, line, listOf, refuse } from '../testing/scripted-server.ts';

useReflector();

describe('a reflector', () => {
  it('lists, then watches from the version of the list, with bookmarks, a time limit and its selector', async () => {
    serve(oneList, [(response) => response.write(line('ADDED', configMap('b', 11)))]);
    run();
    await until(() => {
      expect(told).toEqual(['list@10: a', 'ADDED b@11']);
    });
    const { searchParams } = watchRequests()[0]!.url;
    expect(Object.fromEntries(searchParams)).toMatchObject({
      resourceVersion: '10',
      allowWatchBookmarks: 'true',
      labelSelector: 'app=x',
    });
    const seconds = Number(searchParams.get('timeoutSeconds'));
    expect(seconds).toBeGreaterThanOrEqual(480);
    expect(seconds).toBeLessThanOrEqual(720);
    expect(lists()[0]!.url.searchParams.get('labelSelector')).toBe('app=x');
  });

  it('reads long lists page by page', async () => {
    serve((request, response) => {
      const token = request.url.searchParams.get('continue');
      json(response, token === null ? listOf(10, [configMap('a', 1)], 'next') : listOf(10, [configMap('b', 2)]));
    }, []);
    run();
    await until(() => {
      expect(told).toEqual(['list@10: a,b']);
    });
    expect(lists().map((request) => request.url.searchParams.get('limit'))).toEqual(['1000', '1000']);
  });

  it('lists in one piece when its continue token has expired', async () => {
    serve((request, response) => {
      if (request.url.searchParams.has('continue')) refuse(response, 410, { reason: 'Expired' });
      else if (request.url.searchParams.has('limit')) json(response, listOf(10, [configMap('a', 1)], 'next'));
      else json(response, listOf(12, [configMap('a', 1), configMap('b', 2)]));
    }, []);
    run();
    await until(() => {
      expect(told).toEqual(['list@12: a,b']);
    });
  });

  it('reconnects at once where it was, when the server closes the watch', async () => {
    serve(oneList, [
      (response) => response.end(line('MODIFIED', configMap('a', 11))),
      (response) => response.end(line('BOOKMARK', configMap('', 40))),
      (response) => response.write(line('DELETED', configMap('a', 41))),
    ]);
    run({ backoffMs: 60_000, maxBackoffMs: 60_000 });
    await until(() => {
      expect(told).toEqual(['list@10: a', 'MODIFIED a@11', 'DELETED a@41']);
    });
    expect(watchRequests().map((request) => request.url.searchParams.get('resourceVersion'))).toEqual([
      '10',
      '11',
      '40',
    ]);
    expect(lists()).toHaveLength(1);
  });

  it('does not flood a server that closes every watch at once', async () => {
    serve(
      oneList,
      Array.from({ length: 50 }, () => (response: ServerResponse) => response.end()),
    );
    run({ shortestWatchMs: 1_000 });
    await until(() => {
      expect(log.messages('warn').length).toBeGreaterThan(2);
    });
    expect(told).toEqual(['list@10: a']);
  });

  it.each([
    [
      'as its first line',
      (response: ServerResponse) => response.end(line('ERROR', { kind: 'Status', code: 410, reason: 'Expired' })),
    ],
    [
      'as a line after others',
      (response: ServerResponse) => response.end(line('MODIFIED', configMap('a', 11)) + line('ERROR', { code: 410 })),
    ],
  ])('lists again when its version has expired: %s', async (_name, watch) => {
    const states = [listOf(10, [configMap('a', 5)]), listOf(20, [configMap('b', 19)])];
    serve(
      (_request, response) => {
        json(response, states.shift() ?? listOf(20, []));
      },
      [watch],
    );
    run({ backoffMs: 60_000, maxBackoffMs: 60_000 });
    await until(() => {
      expect(told.at(-1)).toBe('list@20: b');
    });
  });

  it('lists again when the watch is answered with 410', async () => {
    let watches = 0;
    server.answer((request, response) => {
      if (!isWatch(request)) json(response, listOf(10 + watches, []));
      else if ((watches += 1) === 1) refuse(response, 410, { reason: 'Expired' });
      else response.writeHead(200).flushHeaders();
    });
    run();
    await until(() => {
      expect(told).toEqual(['list@10: ', 'list@11: ']);
    });
  });

  it('goes on after a line that was cut off, without losing what came before it', async () => {
    const whole = line('ADDED', configMap('b', 11));
    serve(oneList, [
      (response) => response.end(whole + whole.slice(0, 40)),
      (response) => response.write(line('ADDED', configMap('c', 12))),
    ]);
    run();
    await until(() => {
      expect(told).toEqual(['list@10: a', 'ADDED b@11', 'ADDED c@12']);
    });
    expect(watchRequests()[1]!.url.searchParams.get('resourceVersion')).toBe('11');
  });

  it('puts lines together that arrive byte by byte, across characters of several bytes', async () => {
    const bytes = Buffer.from(line('ADDED', configMap('b', 11, { data: { greeting: 'grüße 👋' } })));
    serve(oneList, [
      (response) => {
        for (const byte of bytes) response.write(Buffer.of(byte));
      },
    ]);
    run();
    await until(() => {
      expect(told).toEqual(['list@10: a', 'ADDED b@11']);
    });
  });

  it('goes on after a line that is not JSON', async () => {
    serve(oneList, [
      (response) => response.end('{"type":"ADDED","object":oops}\n'),
      (response) => response.write(line('ADDED', configMap('b', 11))),
    ]);
    run();
    await until(() => {
      expect(told.at(-1)).toBe('ADDED b@11');
    });
  });

  it('goes on after connections that are reset, and after errors of the server', async () => {
    let calls = 0;
    server.answer((request, response) => {
      calls += 1;
      if (calls <= 2) response.destroy();
      else if (calls <= 4) refuse(response, 500);
      else if (!isWatch(request)) json(response, listOf(10, [configMap('a', 5)]));
      else if (calls === 6) response.destroy();
      else {
        response.writeHead(200);
        response.write(line('ADDED', configMap('b', 11)));
      }
    });
    run();
    await until(() => {
      expect(told).toEqual(['list@10: a', 'ADDED b@11']);
    });
    expect(log.messages('warn').length).toBeGreaterThan(1);
  });

  it('notices a watch that has gone silent, and takes it up again where it was', async () => {
    serve(oneList, [
      (response) => response.write(line('MODIFIED', configMap('a', 11))),
      (response) => response.write(line('MODIFIED', configMap('a', 12))),
    ]);
    run({ silenceMs: 50, backoffMs: 60_000, maxBackoffMs: 60_000 });
    await until(() => {
      expect(told.slice(0, 3)).toEqual(['list@10: a', 'MODIFIED a@11', 'MODIFIED a@12']);
    });
    expect(log.messages('info')).toContain('watch was silent: reconnecting');
    expect(lists()).toHaveLength(1);
  });

  it('drops events that are older than what it has seen', async () => {
    serve(oneList, [
      (response) => {
        response.write(
          line('MODIFIED', configMap('a', 12)) +
            line('MODIFIED', configMap('a', 9)) +
            line('MODIFIED', configMap('a', 13)),
        );
      },
    ]);
    const reflector = run();
    await until(() => {
      expect(told.at(-1)).toBe('MODIFIED a@13');
    });
    expect(told).not.toContain('MODIFIED a@9');
    expect(reflector.resourceVersion).toBe('13');
  });

  it('compares versions as numbers: 99 is older than 100', async () => {
    serve(
      (_request, response) => {
        json(response, listOf(99, []));
      },
      [(response) => response.write(line('ADDED', configMap('a', 100)) + line('MODIFIED', configMap('a', 99)))],
    );
    const reflector = run();
    await until(() => {
      expect(reflector.resourceVersion).toBe('100');
    });
    expect(told).toEqual(['list@99: ', 'ADDED a@100']);
  });

  it('refuses a list from a server that lags behind, and takes the next that does not', async () => {
    const versions = [100, 60, 70, 110];
    serve(
      (_request, response) => {
        const version = versions.shift() ?? 110;
        json(response, listOf(version, [configMap('a', version)]));
      },
      [(response) => response.end(line('ERROR', { code: 410 }))],
    );
    run();
    await until(() => {
      expect(told).toEqual(['list@100: a', 'list@110: a']);
    });
  });

  it('believes in the end that the cluster was restored from a backup, and starts over', async () => {
    let first = true;
    serve(
      (_request, response) => {
        json(response, first ? listOf(100, [configMap('a', 90)]) : listOf(50, [configMap('a', 40)]));
        first = false;
      },
      [(response) => response.end(line('ERROR', { code: 410 }))],
    );
    run();
    await until(() => {
      expect(told).toEqual(['list@100: a', 'reset', 'list@50: a']);
    });
    expect(log.messages('error')).toContain('the cluster went back in time: starting over');
  });

  it('waits as long as a busy server asks, but no longer than a minute', async () => {
    let refused = 0;
    serve((_request, response) => {
      refused += 1;
      // Longer than the time limit of a list: the reflector, not the client, has to wait.
      if (refused === 1) refuse(response, 429, { details: { retryAfterSeconds: 3_600 } });
      else json(response, listOf(10, []));
    }, []);
    run();
    await until(() => {
      expect(log.entries.find((entry) => entry.message === 'watch interrupted')?.fields['delayMs']).toBe(60_000);
    });
    expect(told).toEqual([]);
  });

  it('ends when it is told to, even in the middle of a watch', async () => {
    serve(oneList, []);
    run();
    await until(() => {
      expect(watchRequests()).toHaveLength(1);
    });
    stop.abort();
    await running;
    expect(told).toEqual(['list@10: a']);
  });
});
