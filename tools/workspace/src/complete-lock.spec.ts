import { describe, expect, it } from 'vitest';
import { completePackages, platformOf, type LockedPackages } from './complete-lock.ts';

describe('the platform in a package name', () => {
  it.each([
    ['@nx/nx-darwin-arm64', { cpu: ['arm64'], os: ['darwin'] }],
    ['@nx/nx-linux-x64-musl', { cpu: ['x64'], os: ['linux'], libc: ['musl'] }],
    ['@rolldown/binding-linux-arm-gnueabihf', { cpu: ['arm'], os: ['linux'], libc: ['glibc'] }],
    ['@nx/nx-win32-x64-msvc', { cpu: ['x64'], os: ['win32'] }],
    ['left-pad', {}],
  ])('%s', (name, platform) => {
    expect(platformOf(name)).toEqual(platform);
  });
});

describe('completing a lock file', () => {
  const packages: LockedPackages = {
    '': {},
    'node_modules/tool': {
      version: '2.0.0',
      dev: true,
      optionalDependencies: { 'tool-linux-x64': '2.0.0', 'tool-darwin-arm64': '2.0.0', friend: '1.0.0' },
    },
    'node_modules/tool-linux-x64': { version: '2.0.0', optional: true },
    'node_modules/host/node_modules/tool': { version: '1.0.0', optionalDependencies: { 'tool-linux-x64': '1.0.0' } },
  };

  it('adds what the registry did not know, for the platform in its name', () => {
    expect(completePackages(packages)['node_modules/tool-darwin-arm64']).toEqual({
      version: '2.0.0',
      dev: true,
      optional: true,
      cpu: ['arm64'],
      os: ['darwin'],
    });
  });

  it('puts another version beside the package that wants it', () => {
    expect(completePackages(packages)['node_modules/host/node_modules/tool-linux-x64']).toMatchObject({
      version: '1.0.0',
    });
  });

  it('leaves alone what is there, and packages for every platform', () => {
    const completed = completePackages(packages);
    expect(completed['node_modules/tool-linux-x64']).toEqual({ version: '2.0.0', optional: true });
    expect(completed).not.toHaveProperty('node_modules/friend');
  });

  it('has nothing to add the second time', () => {
    const once = completePackages(packages);
    expect(completePackages(once)).toEqual(once);
  });
});
