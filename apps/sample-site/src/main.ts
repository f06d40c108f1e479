import { pages } from './pages.ts';
import { sampleSite } from './server.ts';

const port = Number(process.env['HTTP_PORT'] ?? 8080);
const server = sampleSite(pages);

server.listen(port, () => {
  process.stdout.write(`The sample site serves ${String(pages.length)} articles on port ${String(port)}.\n`);
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    server.close();
    server.closeAllConnections();
  });
}
