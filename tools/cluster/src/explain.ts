import { ClusterError } from './errors.ts';

/** Failures of the operating system that have nothing to do with this program, and what to do about them. */
const systemFailures: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full. Make room, or name folders on another disk with TAGSERVICE_CACHE and TAGSERVICE_STATE.',
  EDQUOT: 'The disk quota is used up. Make room, or name folders elsewhere with TAGSERVICE_CACHE and TAGSERVICE_STATE.',
  EROFS: 'That folder cannot be written to. Name others with TAGSERVICE_CACHE and TAGSERVICE_STATE.',
  EACCES: 'Not permitted. Run this as root, or name folders of your own with TAGSERVICE_CACHE and TAGSERVICE_STATE.',
  EPERM:
    'Not permitted. The embedded cluster needs root with the right to make namespaces (CAP_SYS_ADMIN, CAP_NET_ADMIN).',
  EMFILE: 'Too many open files. Raise the limit (ulimit -n 8192) and try again.',
  EADDRINUSE: 'The port is taken by another program.',
};

/** What to print for an error: sentences for what was foreseen, the stack for what was not, since that is a defect. */
export function explain(error: unknown): string {
  if (error instanceof ClusterError) return error.message;
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  const remedy = code === undefined ? undefined : systemFailures[code];
  return remedy === undefined ? (error.stack ?? error.message) : `${error.message}\n${remedy}`;
}
