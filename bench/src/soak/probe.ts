import { createServer } from 'node:http';
import process from 'node:process';
import { PROBE_PORT_VARIABLE } from './probe-port.ts';

// Loaded before a program that is measured, with --expose-gc: collects its garbage when asked, and says what is left.
createServer((_request, response) => {
  // What the first collection finds dead may keep other things alive until the second.
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  response.end(JSON.stringify({ bytes: heapUsed + external, handles: process.getActiveResourcesInfo().length }));
})
  .listen(Number(process.env[PROBE_PORT_VARIABLE]), '127.0.0.1')
  .unref();
