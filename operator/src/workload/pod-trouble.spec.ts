import { describe, expect, it } from 'vitest';
import { NOW, pod } from '../../test/fixtures.ts';
import { podTrouble } from './pod-trouble.ts';

const waitingFor = (reason: string, message?: string, more: object = {}) =>
  pod({
    ready: false,
    status: {
      containerStatuses: [
        { name: 'api', image: 'x', restartCount: 3, state: { waiting: { reason, message } }, ...more },
      ],
    },
  });

describe('the trouble of pods', () => {
  it('is none while they start', () => {
    expect(podTrouble([pod(), waitingFor('ContainerCreating')], NOW)).toBeUndefined();
  });

  it('names the image that cannot be pulled, and the root cause', () => {
    const trouble = podTrouble(
      [waitingFor('ErrImagePull', 'rpc error: code = NotFound: failed to pull: tagservice/api:1: not found')],
      NOW,
    );
    expect(trouble?.reason).toBe('ImageNotPulled');
    expect(trouble?.message).toContain('pod demo-api-1 cannot pull image tagservice/api:1 (not found)');
    expect(trouble?.message).toContain('check spec.images');
  });

  it('reads the same in both states that a failing pull goes to and fro between', () => {
    const cause = 'failed to pull image "x": unauthorized';
    const first = podTrouble([waitingFor('ErrImagePull', cause)], NOW);
    expect(
      podTrouble([waitingFor('ImagePullBackOff', `Back-off pulling image "x": ErrImagePull: ${cause}`)], NOW),
    ).toEqual(first);
  });

  it('names the exit code of a container that crashes, and the command that shows why', () => {
    const lastState = { terminated: { exitCode: 78, reason: 'Error' } };
    const trouble = podTrouble(
      [waitingFor('CrashLoopBackOff', 'back-off 20s restarting failed container', { lastState })],
      NOW,
    );
    expect(trouble?.reason).toBe('ContainerCrashing');
    expect(trouble?.message).toContain('3 restarts, last exit code 78 (Error)');
    expect(trouble?.message).toContain('kubectl logs demo-api-1 -c api --previous');
  });

  it('names what a container lacks', () => {
    const trouble = podTrouble([waitingFor('CreateContainerConfigError', 'secret "demo-redis-auth" not found')], NOW);
    expect(trouble).toMatchObject({
      reason: 'ContainerNotConfigured',
      message: expect.stringContaining('secret "demo-redis-auth" not found'),
    });
  });

  const homeless = (ageMs: number) =>
    pod({
      ready: false,
      ageMs,
      status: {
        conditions: [
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            message: '0/1 nodes are available: insufficient memory',
          },
        ],
      },
    });

  it('tells that a pod fits no node, with the reason of the scheduler', () => {
    expect(podTrouble([homeless(30_000)], NOW)?.message).toContain('insufficient memory');
  });

  it('gives a volume the time to be made', () => {
    expect(podTrouble([homeless(3_000)], NOW)).toBeUndefined();
  });

  it('is not looked for in pods on their way out', () => {
    const leaving = waitingFor('CrashLoopBackOff');
    expect(
      podTrouble([{ ...leaving, metadata: { ...leaving.metadata, deletionTimestamp: '2026-11-21T12:00:00Z' } }], NOW),
    ).toBeUndefined();
  });

  it('that explains most comes first, whichever pod has it', () => {
    const trouble = podTrouble([homeless(30_000), waitingFor('ErrImagePull', 'not found')], NOW);
    expect(trouble?.reason).toBe('ImageNotPulled');
  });
});
