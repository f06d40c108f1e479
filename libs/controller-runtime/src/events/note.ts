/** Longest note in bytes of UTF-8 (`NoteLengthLimit` of the API server, which counts bytes and refuses the whole event beyond). */
const longestNote = 1_024;
const ellipsis = '…';

/** The note as the API server takes it: what is too long is cut between two characters, and ends in an ellipsis. */
export function cutNote(note: string): string {
  const bytes = Buffer.from(note, 'utf8');
  if (bytes.length <= longestNote) return note;
  let end = longestNote - Buffer.byteLength(ellipsis);
  while (isContinuation(bytes[end])) end -= 1;
  return bytes.toString('utf8', 0, end) + ellipsis;
}

/** Bytes after the first of a character. */
function isContinuation(byte = 0): boolean {
  return (byte & 0b1100_0000) === 0b1000_0000;
}
