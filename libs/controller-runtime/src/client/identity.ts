/** TLS and identity as they are right now. */
export interface Identity {
  readonly tls: Readonly<{
    ca?: Buffer | string;
    cert?: Buffer | string;
    key?: Buffer | string;
    rejectUnauthorized?: boolean;
    servername?: string;
  }>;
  readonly headers: Readonly<Record<string, string | string[]>>;
}

/** Where an API server is, and how to find out who we are to it. */
export interface Target {
  /** Base URL without a slash at its end. */
  readonly server: string;
  /** The namespace of the context, or of the pod. */
  readonly namespace: string | undefined;
  /** URL of the proxy in between. */
  readonly proxy: string | undefined;
  /** Reads files and asks plugins each time. Rejects with ConfigurationError. */
  identity(): Promise<Identity>;
}
