/** An answer in RESP2 terms: scripts answer with nothing else. */
export type Reply = string | number | null | Reply[];
