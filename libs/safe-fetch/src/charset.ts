/** How far into a page the HTML standard looks for its declared encoding. */
const PRESCAN_BYTES = 1024;

const byteOrderMarks: readonly (readonly [string, readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

/**
 * Decodes a page: byte order mark, then the Content-Type header, then `<meta charset>`, then UTF-8 where the bytes are valid UTF-8,
 * else windows-1252, which every byte sequence is. Unknown labels are passed over. Never throws. Of a `truncated` body a last character
 * that was cut through is left out.
 */
export function decodeText(body: Uint8Array, headerCharset: string | undefined, truncated = false): string {
  const stream = { stream: truncated };
  for (const label of [bomCharset(body), headerCharset, metaCharset(body)]) {
    const decoder = label === undefined ? undefined : makeDecoder(label);
    if (decoder !== undefined) return decoder.decode(body, stream);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body, stream);
  } catch {
    return new TextDecoder('windows-1252').decode(body);
  }
}

function makeDecoder(label: string): InstanceType<typeof TextDecoder> | undefined {
  try {
    return new TextDecoder(label);
  } catch {
    return undefined;
  }
}

function bomCharset(body: Uint8Array): string | undefined {
  return byteOrderMarks.find(([, mark]) => mark.every((byte, index) => body[index] === byte))?.[0];
}

function metaCharset(body: Uint8Array): string | undefined {
  const head = new TextDecoder('latin1').decode(body.subarray(0, PRESCAN_BYTES));
  const declared = /<meta[^>]{0,200}?charset\s{0,5}=\s{0,5}["']?([a-z0-9_:.-]{1,40})/i.exec(head)?.[1];
  // A page that could be read as ASCII up to its meta tag is not UTF-16; the standard reads such a label as UTF-8.
  return declared !== undefined && /^utf-?16/i.test(declared) ? 'utf-8' : declared;
}

/** Media type and charset of a Content-Type header, in lower case. */
export function parseContentType(header: string | undefined): { readonly type: string; readonly charset?: string } {
  const type = (header?.split(';', 1)[0] ?? '').trim().toLowerCase();
  const charset =
    header === undefined ? undefined : /;\s*charset\s*=\s*"?([^\s;"]{1,40})/i.exec(header)?.[1]?.toLowerCase();
  return charset === undefined ? { type } : { type, charset };
}
