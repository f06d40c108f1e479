import type { IncomingHttpHeaders } from 'node:http';

/** A header as often as it was sent. */
export function listed(headers: IncomingHttpHeaders, name: string): readonly string[] {
  return [headers[name] ?? []].flat();
}

/** A header that is a list: all that was sent of it. */
export function joined(headers: IncomingHttpHeaders, name: string): string {
  return listed(headers, name).join(', ');
}

/** A header that counts once: the first where it was sent several times. */
export function single(headers: IncomingHttpHeaders, name: string): string | undefined {
  return listed(headers, name)[0];
}
