import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { until } from '../testing/eventually.ts';
import {
  lists,
  log,
  oneList,
  run,
  serve,
  server,
  told,
  watchRequests,
  useReflector,
} from '../testing/reflector-fixture.ts';
import { configMap, isWatch, json, line, listOf, refuse } from '../testing/scripted-server.ts';

useReflector();

describe('a reflector that cannot trust its watch', () => {
  it('replaces a watch that does not show what is known to have happened, and loses nothing', async () => {
    serve(oneList, [() => undefined, (response) => response.write(line('MODIFIED', configMap('a', 11)))]);
    const reflector = run({ lagMs: 30 });
    await until(() => {
      expect(watchRequests()).toHaveLength(1);
    });
    reflector.expect('11');
    await until(() => {
      expect(told).toEqual(['list@10: a', 'MODIFIED a@11']);
    });
    expect(watchRequests().map((request) => request.url.searchParams.get('resourceVersion'))).toEqual(['10', '10']);
  });

  it('lists again when no watch shows what is known to have happened', async () => {
    let version = 10;
    serve((_request, response) => {
      json(response, listOf(version, [configMap('a', version)]));
      version = 12;
    }, []);
    const reflector = run({ lagMs: 20 });
    await until(() => {
      expect(watchRequests()).toHaveLength(1);
    });
    reflector.expect('12');
    await until(() => {
      expect(told).toEqual(['list@10: a', 'list@12: a']);
      // Two replacements were tried first; the fourth watch follows the list.
      expect(watchRequests()).toHaveLength(4);
    });
  });

  it('leaves a watch alone that shows what was expected in time', async () => {
    const open: ServerResponse[] = [];
    serve(oneList, [(response) => open.push(response)]);
    const reflector = run({ lagMs: 50 });
    await until(() => {
      expect(open).toHaveLength(1);
    });
    for (let version = 11; version < 40; version += 1) {
      reflector.expect(version.toString());
      open[0]!.write(line('MODIFIED', configMap('a', version)));
      await until(() => {
        expect(told.at(-1)).toBe(`MODIFIED a@${version.toString()}`);
      });
    }
    // Thirty changes take longer than the patience with one.
    expect(watchRequests()).toHaveLength(1);
  });

  it('takes up its watch again when told that it may be dead, and when told not to wait any longer', async () => {
    serve(oneList, [() => undefined, (response) => response.destroy()]);
    const reflector = run({ backoffMs: 60_000, maxBackoffMs: 60_000 });
    await until(() => {
      expect(watchRequests()).toHaveLength(1);
    });
    reflector.refresh('requests had got no answer');
    await until(() => {
      expect(log.messages('warn')).toEqual(['watch interrupted']);
      expect(reflector.problem).toBeDefined();
    });
    reflector.wake();
    await until(() => {
      expect(watchRequests()).toHaveLength(3);
      expect(reflector.problem).toBeUndefined();
    });
    expect(lists()).toHaveLength(1);
  });

  it('does not cut short the wait that a busy server asked for', async () => {
    serve((_request, response) => {
      refuse(response, 429, { details: { retryAfterSeconds: 61 } });
    }, []);
    const reflector = run();
    await until(() => {
      expect(log.messages('warn')).toHaveLength(1);
    });
    reflector.wake();
    reflector.refresh('test');
    for (let i = 0; i < 20; i += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(lists()).toHaveLength(1);
  });

  describe('with two watches', () => {
    it('tells each change once, whichever watch shows it first', async () => {
      const open: ServerResponse[] = [];
      const keep = (response: ServerResponse): unknown => open.push(response);
      serve(oneList, [keep, keep]);
      run({}, 2);
      await until(() => {
        expect(open).toHaveLength(2);
      });
      open[0]!.write(line('MODIFIED', configMap('a', 11)) + line('DELETED', configMap('a', 12)));
      await until(() => {
        expect(told.at(-1)).toBe('DELETED a@12');
      });
      open[1]!.write(
        line('MODIFIED', configMap('a', 11)) + line('BOOKMARK', configMap('', 13)) + line('ADDED', configMap('b', 14)),
      );
      await until(() => {
        expect(told).toEqual(['list@10: a', 'MODIFIED a@11', 'DELETED a@12', 'ADDED b@14']);
      });
      expect(log.messages('warn')).toEqual([]);
    });

    it('goes on without a pause when one has gone silent, and replaces that one', async () => {
      const live: ServerResponse[] = [];
      serve(oneList, [() => undefined, (response) => live.push(response)]);
      run({ lagMs: 30 }, 2);
      await until(() => {
        expect(live).toHaveLength(1);
      });
      live[0]!.write(line('MODIFIED', configMap('a', 11)));
      await until(() => {
        expect(told).toEqual(['list@10: a', 'MODIFIED a@11']);
        expect(watchRequests().map((request) => request.url.searchParams.get('resourceVersion'))).toEqual([
          '10',
          '10',
          '11',
        ]);
      });
    });

    it('has no problem while one of them works', async () => {
      let watches = 0;
      server.answer((request, response) => {
        if (!isWatch(request)) json(response, listOf(10, []));
        else if ((watches += 1) % 2 === 1) refuse(response, 500);
        else response.writeHead(200).flushHeaders();
      });
      const reflector = run({}, 2);
      await until(() => {
        expect(watches).toBeGreaterThan(2);
      });
      expect(reflector.problem).toBeUndefined();
    });

    it('lists once when both meet an expired version', async () => {
      const expired = (response: ServerResponse) => response.end(line('ERROR', { code: 410 }));
      let version = 10;
      serve(
        (_request, response) => {
          json(response, listOf(version, []));
          version = 20;
        },
        [expired, expired],
      );
      run({}, 2);
      await until(() => {
        expect(told).toEqual(['list@10: ', 'list@20: ']);
        expect(watchRequests()).toHaveLength(4);
      });
    });
  });
});
