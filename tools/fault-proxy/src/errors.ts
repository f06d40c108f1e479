/** Base of every error of this package. */
export class FaultProxyError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The kubeconfig of the API server cannot be used. */
export class KubeconfigError extends FaultProxyError {}

/** The proxy was closed while something waited for it. */
export class FaultProxyClosed extends FaultProxyError {}

/** A rule, a name or an option that cannot be meant. */
export class FaultProxyUsageError extends FaultProxyError {}

/** The API server gave no answer, or one that is larger than the proxy takes. */
export class BackendError extends FaultProxyError {}

/** An exchange ended because its connection did: of the client's own accord, by a fault or by the entrance. */
export class ConnectionEnded extends FaultProxyError {}
