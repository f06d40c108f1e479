import { beforeEach, describe, expect, it } from 'vitest';
import { Event } from '../api/builtin.ts';
import type { KubeObject } from '../api/object.ts';
import { FakeClock } from '../clock/fake-clock.ts';
import { ConnectionError } from '../client/errors.ts';
import { MemoryClient } from '../testing/memory-client.ts';
import { RecordingLogger } from '../testing/recording-logger.ts';
import { createEventRecorder } from './event-recorder.ts';
import type { EventRecorder } from './types.ts';

const regarding: KubeObject = {
  apiVersion: 'example.dev/v1',
  kind: 'Thing',
  metadata: { name: 'a', namespace: 'n', uid: 'u1', resourceVersion: '7' },
};
const note = { type: 'Warning', reason: 'NotReachable', note: 'The broker does not answer.' } as const;

let client: MemoryClient;
let clock: FakeClock;
let log: RecordingLogger;
let recorder: EventRecorder;

beforeEach(() => {
  client = new MemoryClient();
  clock = new FakeClock();
  log = new RecordingLogger();
  recorder = createEventRecorder({ client, controller: 'example.dev/operator', instance: 'pod-1', clock, log });
});

const written = async (): Promise<Event[]> => (await client.list(Event)).items;
const writes = (): string[] =>
  client.calls.filter((call) => !call.startsWith('list')).map((call) => call.split(' ')[0] ?? '');

describe('events', () => {
  it('say what happened to which object, who says so and when', async () => {
    recorder.record(regarding, { ...note, action: 'Connect' });
    await recorder.flush();
    expect(await written()).toMatchObject([
      {
        kind: 'Event',
        metadata: { namespace: 'n', name: expect.stringMatching(/^a\.[0-9a-f-]{13}$/) as string },
        type: 'Warning',
        reason: 'NotReachable',
        action: 'Connect',
        note: 'The broker does not answer.',
        eventTime: '2026-01-01T00:00:00.000000Z',
        reportingController: 'example.dev/operator',
        reportingInstance: 'pod-1',
        regarding: {
          apiVersion: 'example.dev/v1',
          kind: 'Thing',
          namespace: 'n',
          name: 'a',
          uid: 'u1',
          resourceVersion: '7',
        },
      },
    ]);
  });

  it('become one series when they repeat, written at most every ten seconds', async () => {
    for (let i = 0; i < 1_000; i += 1) {
      recorder.record(regarding, note);
      await clock.advance(25);
    }
    await recorder.flush();
    expect(await written()).toMatchObject([
      { series: { count: 1_000, lastObservedTime: '2026-01-01T00:00:24.975000Z' } },
    ]);
    expect(writes()).toEqual(['create', 'patch', 'patch', 'patch']);
  });

  it('stay apart when the object, the type, the reason or the words differ', async () => {
    recorder.record(regarding, note);
    recorder.record({ ...regarding, metadata: { ...regarding.metadata, uid: 'u2' } }, note);
    recorder.record(regarding, { ...note, type: 'Normal' });
    recorder.record(regarding, { ...note, reason: 'Other' });
    recorder.record(regarding, { ...note, note: 'Other words.' });
    await recorder.flush();
    expect(await written()).toHaveLength(5);
  });

  it('begin anew when they come back after a pause', async () => {
    recorder.record(regarding, note);
    await clock.advance(360_000);
    recorder.record(regarding, note);
    await recorder.flush();
    expect(await written()).toHaveLength(2);
  });

  it('begin anew when the server has forgotten the series', async () => {
    recorder.record(regarding, note);
    await recorder.flush();
    const [first] = await written();
    client.drop(Event, { namespace: 'n', name: first!.metadata.name });
    recorder.record(regarding, note);
    await clock.advance(10_000);
    expect(await written()).toMatchObject([{ series: { count: 2 } }]);
  });

  it('of objects without a namespace are kept in default', async () => {
    recorder.record({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', uid: 'u', resourceVersion: '1' } }, note);
    await recorder.flush();
    expect((await written())[0]?.metadata.namespace).toBe('default');
  });

  it('are cut where the API sets limits', async () => {
    recorder.record(regarding, { type: 'Normal', reason: 'R'.repeat(200), note: 'n'.repeat(5_000) });
    await recorder.flush();
    const [event] = await written();
    expect(event?.note).toBe(`${'n'.repeat(1_021)}…`);
    expect(event?.reason).toHaveLength(128);
  });

  it('have a name that the API server takes, wherever that of the object is cut', async () => {
    const name = `${'a'.repeat(198)}-.${'b'.repeat(50)}`;
    recorder.record({ ...regarding, metadata: { ...regarding.metadata, name } }, note);
    await recorder.flush();
    expect((await written())[0]?.metadata.name).toMatch(/^a{198}\.[0-9a-f-]{13}$/);
  });

  it('that cannot be written disturb nobody: they are logged and dropped, and later ones get through', async () => {
    client.before = () => {
      throw new ConnectionError('POST events', { cause: 'refused' });
    };
    recorder.record(regarding, note);
    await recorder.flush();
    expect(log.messages('warn')).toContain('an event could not be written');
    client.before = undefined;
    recorder.record(regarding, { ...note, reason: 'Later' });
    await recorder.flush();
    expect((await written()).map((event) => event.reason)).toContain('Later');
  });

  it('about something that is no object disturb nobody either', () => {
    expect(() => {
      recorder.record({} as KubeObject, note);
    }).not.toThrow();
    expect(log.messages('warn')).toEqual(['an event could not be recorded']);
  });

  it('are all written when the recorder stops, and none after', async () => {
    recorder.record(regarding, note);
    recorder.record(regarding, note);
    recorder.record(regarding, note);
    await recorder.stop();
    recorder.record(regarding, { ...note, reason: 'TooLate' });
    await clock.advance(60_000);
    expect(await written()).toMatchObject([{ reason: 'NotReachable', series: { count: 3 } }]);
    expect(clock.pending).toBe(0);
  });

  it('are written two at a time, so that nobody waits behind them', async () => {
    let running = 0;
    let most = 0;
    client.before = async () => {
      most = Math.max(most, (running += 1));
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    };
    for (let i = 0; i < 50; i += 1) recorder.record(regarding, { ...note, note: `broker ${i.toString()}` });
    await recorder.flush();
    expect(most).toBe(2);
    expect(await written()).toHaveLength(50);
  });

  it('wait in bounded number while the server is away, and hold up neither the caller nor the end', async () => {
    client.before = async () => {
      await new Promise(() => undefined);
    };
    for (let i = 0; i < 900; i += 1) recorder.record(regarding, { ...note, note: `broker ${i.toString()}` });
    expect(writes()).toHaveLength(2);
    expect(log.messages('warn')).toContain('events were dropped: the server is not taking them');
    expect(log.messages('warn').length).toBeLessThan(12);
    const stopping = recorder.stop();
    await clock.advance(5_000);
    await stopping;
    expect(clock.pending).toBe(0);
  });

  it('do not fill the memory: the oldest of many are forgotten', async () => {
    for (let i = 0; i < 1_500; i += 1) recorder.record(regarding, { ...note, note: `broker ${i.toString()}` });
    recorder.record(regarding, { ...note, note: 'broker 0' });
    await recorder.flush();
    expect((await written()).filter((event) => event.note === 'broker 0')).toHaveLength(2);
    await recorder.stop();
  });
});
