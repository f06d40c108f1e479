import { acknowledgingReplicas, parseQuantity, type TagServiceSpec } from '@tagservice/crd';

export const REDIS_PORT = 6379;
/** Where the parts of the configuration are mounted. */
export const CONFIG_PATH = '/etc/redis';
export const ACCESS_PATH = '/etc/redis-access';
export const DATA_PATH = '/data';

/** A copy that has not confirmed for so many seconds does not count; a primary with too few copies refuses writes after that time. */
const MAX_LAG_SECONDS = 2;

/** redis.conf of every pod. Who copies whom is decided at the start of a pod, not here. */
export function redisConf(redis: TagServiceSpec['redis']): string {
  const lines: readonly (readonly [string, string | number])[] = [
    ['port', REDIS_PORT],
    ['bind', '* -::*'],
    // Protected mode refuses remote clients when the default user has no password; here that user is off.
    ['protected-mode', 'no'],
    ['dir', DATA_PATH],
    ['appendonly', 'yes'],
    ['appendfsync', 'everysec'],
    // Snapshots come with rewriting the log; a second schedule would only fork more often.
    ['save', '""'],
    // A size like 0.1Gi is no whole number of bytes, and Redis takes only such.
    ['maxmemory', Math.floor(parseQuantity(redis.maxMemory))],
    ['maxmemory-policy', 'noeviction'],
    ['min-replicas-to-write', acknowledgingReplicas(redis)],
    ['min-replicas-max-lag', MAX_LAG_SECONDS],
    ['repl-diskless-sync-delay', 0],
    ['repl-ping-replica-period', 1],
    // A copy that lost touch for a short time goes on from here instead of copying everything.
    ['repl-backlog-size', '16mb'],
    // Time to hand the last writes to the copies when the primary is stopped.
    ['shutdown-timeout', 10],
    ['tcp-keepalive', 60],
    ['aclfile', `${ACCESS_PATH}/users.acl`],
    ['include', `${ACCESS_PATH}/replication.conf`],
  ];
  return `${lines.map(([name, value]) => `${name} ${value}`).join('\n')}\n`;
}

/** Starts a pod: pod 0 takes the writes, every other pod copies it. */
export const startScript = `#!/bin/sh
set -eu
case "$POD_NAME" in
  *-0) exec redis-server ${CONFIG_PATH}/redis.conf ;;
  *) exec redis-server ${CONFIG_PATH}/redis.conf --replicaof "$PRIMARY_HOST" ${REDIS_PORT} ;;
esac
`;

/** Ready: answers, has loaded its data and, as a copy, is linked to the primary. */
export const readyScript = `#!/bin/sh
ask() { timeout 2 redis-cli --user probe -p ${REDIS_PORT} "$@"; }
state=$(ask info replication) || { echo "no answer on port ${REDIS_PORT}"; exit 1; }
case "$state" in
  *role:master*) ask ping | grep -q PONG || { echo "loading its data"; exit 1; } ;;
  *master_link_status:up*) ;;
  *) echo "not linked to the primary $PRIMARY_HOST"; exit 1 ;;
esac
`;

/** Alive: answers anything at all; while it loads its data it answers errors, and must not be killed for that. */
export const liveScript = `#!/bin/sh
timeout 3 redis-cli --user probe -p ${REDIS_PORT} ping > /dev/null
`;
