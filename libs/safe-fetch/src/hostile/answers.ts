import type { Socket } from 'node:net';
import type { FetchCode } from '../result.ts';

/** What a host sends, and how it ends. */
export interface HostileAnswer {
  readonly what: string;
  readonly send: string | Buffer | ((socket: Socket) => void);
  readonly code: FetchCode;
  readonly reason?: string | RegExp;
}

const ok = 'HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n';
const page = '<p>Bees.';
/** A gzip header whose file name does not end. */
const gzipHead = Buffer.concat([
  Buffer.from(`${ok}content-encoding: gzip\r\n\r\n`),
  Buffer.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3]),
]);

/** Sends the same again and again until the other end has had enough. */
function endless(first: string, again: string | Buffer): (socket: Socket) => void {
  return (socket) => {
    const more = (): void => {
      while (!socket.destroyed && socket.write(again));
    };
    socket.write(first);
    socket.on('drain', more);
    more();
  };
}

/** Sends one piece after the other, slowly. */
function dripping(first: string | Buffer, drop: string): (socket: Socket) => void {
  return (socket) => {
    socket.write(first);
    const timer = setInterval(() => socket.write(drop), 20);
    socket.on('close', () => {
      clearInterval(timer);
    });
  };
}

const lengths: readonly HostileAnswer[] = [
  { what: 'a negative length', send: `${ok}content-length: -1\r\n\r\n${page}`, code: 'FETCH_ENCODING' },
  { what: 'a length that is no number', send: `${ok}content-length: many\r\n\r\n${page}`, code: 'FETCH_ENCODING' },
  { what: 'a length in hexadecimal', send: `${ok}content-length: 0x8\r\n\r\n${page}`, code: 'FETCH_ENCODING' },
  { what: 'a length with a sign', send: `${ok}content-length: +8\r\n\r\n${page}`, code: 'FETCH_ENCODING' },
  {
    what: 'a length beyond all numbers',
    send: `${ok}content-length: 99999999999999999999999\r\n\r\n${page}`,
    code: 'FETCH_ENCODING',
  },
  {
    what: 'two different lengths',
    send: `${ok}content-length: 8\r\ncontent-length: 9\r\n\r\n${page}`,
    code: 'FETCH_ENCODING',
  },
  { what: 'two lengths in one line', send: `${ok}content-length: 8, 9\r\n\r\n${page}`, code: 'FETCH_ENCODING' },
  {
    what: 'a length beside chunks',
    send: `${ok}content-length: 8\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    code: 'FETCH_ENCODING',
  },
  { what: 'less than the length', send: `${ok}content-length: 500\r\n\r\n${page}`, code: 'FETCH_CONNECT' },
  { what: 'nothing of the length', send: `${ok}content-length: 500\r\n\r\n`, code: 'FETCH_CONNECT' },
];

const chunks: readonly HostileAnswer[] = [
  {
    what: 'a chunk whose size is no number',
    send: `${ok}transfer-encoding: chunked\r\n\r\nzz\r\n${page}\r\n0\r\n\r\n`,
    code: 'FETCH_ENCODING',
  },
  {
    what: 'a chunk of negative size',
    send: `${ok}transfer-encoding: chunked\r\n\r\n-8\r\n${page}\r\n0\r\n\r\n`,
    code: 'FETCH_ENCODING',
  },
  {
    what: 'a chunk of astronomic size',
    send: `${ok}transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n${page}`,
    code: 'FETCH_ENCODING',
  },
  {
    what: 'a chunk that is longer than it says',
    send: `${ok}transfer-encoding: chunked\r\n\r\n2\r\n${page}\r\n0\r\n\r\n`,
    code: 'FETCH_ENCODING',
  },
  {
    what: 'chunks without an end',
    send: `${ok}transfer-encoding: chunked\r\n\r\n8\r\n${page}\r\n`,
    code: 'FETCH_CONNECT',
  },
  {
    what: 'an endless chunk size',
    send: endless(`${ok}transfer-encoding: chunked\r\n\r\n`, '0'.repeat(65_536)),
    code: 'FETCH_TOO_LARGE',
    reason: 'wire',
  },
  {
    what: 'an endless chunk extension',
    send: endless(`${ok}transfer-encoding: chunked\r\n\r\n1;x=`, 'a'.repeat(65_536)),
    code: 'FETCH_TOO_LARGE',
    reason: 'wire',
  },
  {
    what: 'chunk extensions far larger than their chunks',
    send: endless(`${ok}transfer-encoding: chunked\r\n\r\n`, `1;x=${'a'.repeat(60_000)}\r\na\r\n`),
    code: 'FETCH_TOO_LARGE',
    reason: 'wire',
  },
  {
    what: 'endless trailers',
    send: endless(`${ok}transfer-encoding: chunked\r\n\r\n0\r\n`, `x: ${'a'.repeat(1_000)}\r\n`),
    code: 'FETCH_TOO_LARGE',
  },
  {
    what: 'chunks inside chunks',
    send: `${ok}transfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n`,
    code: 'FETCH_ENCODING',
  },
  {
    what: 'an unknown transfer coding',
    send: `${ok}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    code: 'FETCH_ENCODING',
  },
];

const headers: readonly HostileAnswer[] = [
  {
    what: 'one header of 40,000 bytes',
    send: `HTTP/1.1 200 OK\r\nx: ${'b'.repeat(40_000)}\r\n\r\n`,
    code: 'FETCH_TOO_LARGE',
  },
  {
    what: 'ten thousand headers',
    send: `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(10_000)}\r\n`,
    code: 'FETCH_TOO_LARGE',
  },
  { what: 'an endless header', send: endless('HTTP/1.1 200 OK\r\nx: ', 'a'.repeat(65_536)), code: 'FETCH_TOO_LARGE' },
  { what: 'an endless header name', send: endless('HTTP/1.1 200 OK\r\n', 'a'.repeat(65_536)), code: 'FETCH_TOO_LARGE' },
  { what: 'an endless reason', send: endless('HTTP/1.1 200 ', 'a'.repeat(65_536)), code: 'FETCH_TOO_LARGE' },
  { what: 'a header without a name', send: 'HTTP/1.1 200 OK\r\n: x\r\n\r\n', code: 'FETCH_ENCODING' },
  {
    what: 'a header with a space in its name',
    send: 'HTTP/1.1 200 OK\r\ncontent type: text/html\r\n\r\n',
    code: 'FETCH_ENCODING',
  },
  {
    what: 'a folded header',
    send: `HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n evil: x\r\ncontent-length: 0\r\n\r\n`,
    code: 'FETCH_ENCODING',
  },
  { what: 'a null byte in a header', send: 'HTTP/1.1 200 OK\r\nx: a\0b\r\n\r\n', code: 'FETCH_ENCODING' },
  { what: 'a lone carriage return', send: 'HTTP/1.1 200 OK\r\nx: a\rb\r\n\r\n', code: 'FETCH_ENCODING' },
];

const otherProtocols: readonly HostileAnswer[] = [
  ['SSH', 'SSH-2.0-OpenSSH_9.9\r\n'],
  ['SMTP', '220 mail.example.org ESMTP\r\n'],
  ['FTP', '220 FTP ready\r\n'],
  ['Redis', '-ERR unknown command\r\n'],
  ['Memcached', 'ERROR\r\n'],
  ['MySQL', '\x4a\0\0\0\x0a8.0.36\0'],
  ['TLS', '\x15\x03\x01\0\x02\x02\x46'],
  ['HTTP/2', '\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x80'],
  ['HTTP/0.9', '<html><p>Bees</html>'],
  ['HTTP/3', 'HTTP/3.0 200 OK\r\n\r\n'],
  ['a request', 'GET / HTTP/1.1\r\nhost: x\r\n\r\n'],
  ['a status of letters', 'HTTP/1.1 abc OK\r\n\r\n'],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
  ['null bytes', '\0'.repeat(1_000)],
  ['random bytes', '\xde\xad\xbe\xef\xca\xfe\xba\xbe'],
].map(([what, send]) => ({
  what: `what is no HTTP: ${what ?? ''}`,
  send: Buffer.from(send ?? '', 'latin1'),
  code: 'FETCH_ENCODING' as const,
}));

const interim: readonly HostileAnswer[] = [
  {
    what: 'interim answers for ever',
    send: endless('', 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'.repeat(500)),
    code: 'FETCH_TOO_LARGE',
    reason: 'interim',
  },
  {
    what: 'processing for ever',
    send: endless('', 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(500)),
    code: 'FETCH_TOO_LARGE',
    reason: 'interim',
  },
  { what: 'to go on, which nobody asked', send: 'HTTP/1.1 100 Continue\r\n\r\n', code: 'FETCH_CONNECT' },
  {
    what: 'another protocol',
    send: 'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n',
    code: 'FETCH_CONNECT',
  },
];

const slow: readonly HostileAnswer[] = [
  { what: 'nothing', send: () => undefined, code: 'FETCH_TIMEOUT' },
  { what: 'a status line byte by byte', send: dripping('HTTP/1.1 200 ', 'O'), code: 'FETCH_TIMEOUT' },
  { what: 'headers byte by byte', send: dripping('HTTP/1.1 200 OK\r\nx: ', 'a'), code: 'FETCH_TIMEOUT' },
  { what: 'header after header, slowly', send: dripping('HTTP/1.1 200 OK\r\n', 'x: y\r\n'), code: 'FETCH_TIMEOUT' },
  { what: 'a body byte by byte', send: dripping(`${ok}\r\n<p>`, '.'), code: 'FETCH_TIMEOUT' },
  {
    what: 'chunks byte by byte',
    send: dripping(`${ok}transfer-encoding: chunked\r\n\r\n`, '1\r\na\r\n'),
    code: 'FETCH_TIMEOUT',
  },
  {
    what: 'a compressed body byte by byte',
    send: dripping(gzipHead, 'a'),
    code: 'FETCH_TIMEOUT',
  },
  { what: 'headers and then nothing', send: dripping(`${ok}\r\n`, ''), code: 'FETCH_TIMEOUT' },
  {
    what: 'interim answers, slowly',
    send: dripping('', 'HTTP/1.1 103 Early Hints\r\n\r\n'),
    code: 'FETCH_TOO_LARGE',
    reason: 'interim',
  },
];

const ended: readonly HostileAnswer[] = [
  { what: 'an end at once', send: (socket) => socket.end(), code: 'FETCH_CONNECT' },
  { what: 'a reset', send: (socket) => socket.resetAndDestroy(), code: 'FETCH_CONNECT' },
  { what: 'an end within the headers', send: 'HTTP/1.1 200 OK\r\ncontent-ty', code: 'FETCH_CONNECT' },
  {
    what: 'a reset within the body',
    send: (socket) => socket.write(`${ok}content-length: 99\r\n\r\n${page}`, () => socket.resetAndDestroy()),
    code: 'FETCH_CONNECT',
  },
];

const contents: readonly HostileAnswer[] = [
  ...[
    'image/png',
    'application/pdf',
    'application/json',
    'application/javascript',
    'text/css',
    'video/mp4',
    'application/octet-stream',
    'multipart/x-mixed-replace; boundary=x',
    'application/x-httpd-php',
    'text/html, image/png',
  ].map((type) => ({
    what: `a page that is ${JSON.stringify(type)}`,
    send: `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-length: 8\r\n\r\n${page}`,
    code: 'FETCH_CONTENT_TYPE' as const,
  })),
  {
    what: 'another protocol with a status like HTTP',
    send: 'RTSP/1.0 200 OK\r\n\r\n',
    code: 'FETCH_CONTENT_TYPE',
  },
  {
    what: 'a type with a control character',
    send: `HTTP/1.1 200 OK\r\ncontent-type: text/html\x0b\r\ncontent-length: 8\r\n\r\n${page}`,
    code: 'FETCH_ENCODING',
  },
  {
    what: 'a file without a type',
    send: 'HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n%PDF-1.7',
    code: 'FETCH_CONTENT_TYPE',
  },
  {
    what: 'two types',
    send: `${ok}content-type: image/png\r\ncontent-length: 8\r\n\r\n${page}`,
    code: 'FETCH_CONTENT_TYPE',
  },
  ...[
    '204 No Content',
    '206 Partial Content',
    '300 Multiple Choices',
    '304 Not Modified',
    '305 Use Proxy',
    '400 Bad',
    '401 No',
    '403 No',
    '404 Gone',
    '451 No',
    '500 Broken',
    '599 x',
    '600 x',
    '999 No',
  ].map((status) => ({
    what: `status ${status}`,
    send: `HTTP/1.1 ${status}\r\ncontent-type: text/html\r\nlocation: http://127.0.0.1/\r\ncontent-length: 0\r\n\r\n`,
    code: 'FETCH_STATUS' as const,
    reason: status.slice(0, 3),
  })),
];

/** Answers of hosts that mean harm or are broken. */
export const answers: readonly HostileAnswer[] = [
  ...lengths,
  ...chunks,
  ...headers,
  ...otherProtocols,
  ...interim,
  ...slow,
  ...ended,
  ...contents,
];
