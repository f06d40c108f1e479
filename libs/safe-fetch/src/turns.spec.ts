import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openStage, simplePage, stageOptions } from './hostile/stage.ts';
import type { Stage } from './hostile/stage.ts';
import { retryAfterMs } from './turn-outcome.ts';
import type { HostTurns, NoTurn, TurnOutcome } from './turns.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());
beforeEach(() => {
  stage.received.length = 0;
  stage.answer = simplePage;
});

/** Notes who came and how they left. */
function watched(refusal?: NoTurn) {
  const entered: string[] = [];
  const left: TurnOutcome[] = [];
  const turns: HostTurns = {
    enter: (host) => {
      entered.push(host);
      return Promise.resolve(refusal ?? { ok: true, leave: (outcome) => void left.push(outcome) });
    },
  };
  return { entered, left, fetch: stage.fetcher({}, {}, { turns }) };
}

const answer = (line: string, headers = ''): void => {
  stage.answer = (_request, socket) => socket.end(`HTTP/1.1 ${line}\r\n${headers}content-length: 0\r\n\r\n`);
};

describe('each request to a host', () => {
  it('takes a turn and gives it back, robots.txt and redirects included', async () => {
    stage.answer = (request, socket) => {
      if (request.startsWith('GET /from '))
        socket.end('HTTP/1.1 302 Found\r\nlocation: http://b.example.org/to\r\ncontent-length: 0\r\n\r\n');
      else simplePage(request, socket);
    };
    const { entered, left, fetch } = watched();
    expect(await fetch('http://A.example.org./from', { ...stageOptions, robots: 'Respect' })).toMatchObject({
      ok: true,
    });
    expect(entered).toEqual(['a.example.org', 'a.example.org', 'b.example.org', 'b.example.org']);
    expect(left).toEqual(Array(4).fill({ kind: 'answered' }));
  });

  it('takes none where the address is refused', async () => {
    const { entered, fetch } = watched();
    await fetch('http://127.0.0.1/', stageOptions);
    expect(entered).toEqual([]);
  });

  it.each([
    ['200 OK', '', { kind: 'answered' }],
    ['404 Not Found', '', { kind: 'answered' }],
    ['500 Broken', '', { kind: 'failed' }],
    ['503 Busy', '', { kind: 'failed' }],
    ['503 Busy', 'retry-after: 30\r\n', { kind: 'rest', ms: 30_000 }],
    ['429 Too Many', 'retry-after: 7\r\n', { kind: 'rest', ms: 7_000 }],
    ['429 Too Many', '', { kind: 'rest', ms: 5_000 }],
  ] as const)('tells what it learned: %s %s', async (line, headers, outcome) => {
    answer(line, headers);
    const { left, fetch } = watched();
    await fetch('http://example.org/', stageOptions);
    expect(left).toEqual([outcome]);
  });

  it('that is useless says that the host is well; one that breaks off, or never comes, that it is not', async () => {
    const { left, fetch } = watched();
    answer('200 OK', 'content-type: image/png\r\n');
    await fetch('http://example.org/', stageOptions);
    stage.answer = (_request, socket) =>
      socket.end('HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 9\r\n\r\n<p>');
    await fetch('http://example.org/', stageOptions);
    stage.answer = () => undefined;
    await fetch('http://example.org/', { ...stageOptions, timeoutMs: 50 });
    expect(left.map(({ kind }) => kind)).toEqual(['answered', 'failed', 'failed']);
  });

  it('that the caller calls off says nothing', async () => {
    const { left, fetch } = watched();
    const caller = new AbortController();
    stage.answer = () => {
      caller.abort();
    };
    await fetch('http://example.org/', { ...stageOptions, signal: caller.signal });
    expect(left).toEqual([{ kind: 'void' }]);
  });
});

describe('a host that may not be asked now', () => {
  it.each(['busy', 'resting', 'broken'] as const)(
    '(%s) is not asked, and the answer says when to come again',
    async (reason) => {
      const { fetch } = watched({ ok: false, reason, retryAfterMs: 12_000 });
      const result = await fetch('http://example.org/', stageOptions);
      expect(result).toMatchObject({ code: 'FETCH_HOST_BUSY', reason, retriable: true, retryAfterMs: 12_000 });
      expect(stage.received).toEqual([]);
    },
  );

  it('is waited for without using up the time of the page', async () => {
    const turns: HostTurns = {
      enter: async () => {
        await new Promise((resolve) => setTimeout(resolve, 150));
        return { ok: true, leave: () => undefined };
      },
    };
    const fetch = stage.fetcher({}, {}, { turns });
    expect(await fetch('http://example.org/', { ...stageOptions, timeoutMs: 100 })).toMatchObject({ ok: true });
  });
});

describe('Retry-After', () => {
  const now = Date.UTC(2026, 10, 22, 12);
  it.each([
    ['120', 120_000],
    ['0', 0],
    [' 5 ', 5_000],
    ['Sun, 22 Nov 2026 12:00:30 GMT', 30_000],
    ['Sunday, 22-Nov-26 12:00:30 GMT', 30_000],
    ['Sun, 22 Nov 2026 11:00:00 GMT', 0],
    ['-5', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['99999999999999999999', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%j means %s ms', (header, ms) => {
    expect(retryAfterMs(header, now)).toBe(ms);
  });
});
