import { describe, expect, it } from 'vitest';
import { parseCgroupMounts, procsFiles } from './cgroup.ts';

const hybrid = `tmpfs /sys/fs/cgroup tmpfs rw,relatime,mode=755 0 0
cgroup /sys/fs/cgroup/cpuset cgroup rw,relatime,cpuset 0 0
cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,relatime,cpu,cpuacct 0 0
cgroup /sys/fs/cgroup/memory cgroup rw,relatime,memory 0 0
cgroup /sys/fs/cgroup/pids cgroup rw,relatime,pids 0 0
cgroup /sys/fs/cgroup/systemd cgroup rw,relatime,name=systemd 0 0
cgroup /sys/fs/cgroup/odd cgroup rw,relatime,name=odd 0 0
cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0
`;

describe('the control groups of a machine', () => {
  it('are those of v1 on a hybrid machine, with the v2 tree beside them, where runc makes groups too', () => {
    expect(parseCgroupMounts(hybrid)).toEqual({
      version: 1,
      roots: ['cpuset', 'cpu,cpuacct', 'memory', 'pids', 'systemd', 'unified'].map((name) => `/sys/fs/cgroup/${name}`),
      cpuset: '/sys/fs/cgroup/cpuset',
    });
  });

  it('are those of v2 where v1 holds no memory controller', () => {
    const mounts = 'cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\ncgroup /sys/fs/cgroup/net cgroup rw,net_cls 0 0\n';
    expect(parseCgroupMounts(mounts)).toEqual({ version: 2, roots: ['/sys/fs/cgroup'], cpuset: undefined });
  });

  it('are unknown where none are mounted', () => {
    expect(parseCgroupMounts('proc /proc proc rw 0 0\n')).toBeUndefined();
    expect(parseCgroupMounts('')).toBeUndefined();
  });

  it('follow a process through the pids tree of v1 and the only tree of v2', () => {
    const v1 = parseCgroupMounts(hybrid)!;
    expect(procsFiles(v1, 'tsvc-dev/sys-0')).toEqual(['/sys/fs/cgroup/pids/tsvc-dev/sys-0/cgroup.procs']);
    expect(procsFiles({ version: 2, roots: ['/cg'], cpuset: undefined }, 'g')).toEqual(['/cg/g/cgroup.procs']);
  });
});
