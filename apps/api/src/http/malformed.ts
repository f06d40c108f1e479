import type { Socket } from 'node:net';
import { byId } from '../jobs/job-names.ts';
import { Problem } from './problem.error.ts';

/** Answers what is not HTTP, or whose header is too large: no request exists yet, so the answer is written by hand. */
export function rejectMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? new Problem('REQUEST_TOO_LARGE', { detail: 'The header is too large.' })
      : new Problem('PARAMETER_INVALID', { detail: 'The request is not valid HTTP.' });
  const body = JSON.stringify(problem.body(undefined, byId));
  const head = [
    `HTTP/1.1 ${String(problem.status)} Bad Request`,
    'content-type: application/problem+json',
    'connection: close',
    `content-length: ${String(Buffer.byteLength(body))}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
