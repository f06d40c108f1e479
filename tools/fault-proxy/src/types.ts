/** One request as it arrived, in the words of Kubernetes' authorisation. */
export type ProxiedRequest = {
  /** Position in the history of the proxy, from 1. */
  readonly n: number;
  /** Name of the entrance that it came through: one per client. */
  readonly entrance: string;
};
