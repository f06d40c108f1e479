/** RFC 3339 with six digits of fraction, as the API's MicroTime wants it. `ms` is wall-clock time since the epoch. */
export function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
