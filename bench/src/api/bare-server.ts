import { createServer } from 'node:http';
import process from 'node:process';

// The reference: node:http alone, which sends to every request the status, headers and body that it is given. No routing, no log.
const { headers, body } = JSON.parse(process.env['BENCH_ANSWER'] ?? '{}') as {
  headers: Record<string, string>;
  body: string;
};

const server = createServer((_request, response) => {
  response.writeHead(200, headers).end(body);
}).listen(Number(process.env['HTTP_PORT']), '127.0.0.1');

process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
});
