import createClient, { type Client } from 'openapi-fetch';
import type { components, paths } from './schema.ts';

export type { components, operations, paths } from './schema.ts';

/** A schema of the API by its name: `Schema<'PageTags'>`. */
export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name];

/** A client of the API: paths, parameters, bodies and answers are typed by the OpenAPI document of the same release. */
export type ApiClient = Client<paths>;

/** Where the API is, and how it is reached. */
export interface ApiClientOptions {
  /** Without the path: `https://tags.example.org`. */
  readonly baseUrl: string;
  /** The token to send; absent where the service is open. Asked before each request, so that it may be a new one. */
  readonly token?: () => string | Promise<string>;
  /** For tests. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

/**
 * A client of the API. No call throws for an answer of the service: `data` is the answer, or `error` the problem (RFC 9457), each by the
 * status that the document names. A connection that fails rejects, as `fetch` does.
 */
export function apiClient({ baseUrl, token, fetch }: ApiClientOptions): ApiClient {
  const client = createClient<paths>({ baseUrl, ...(fetch === undefined ? {} : { fetch }) });
  if (token !== undefined) {
    client.use({
      async onRequest({ request }) {
        request.headers.set('authorization', `Bearer ${await token()}`);
        return request;
      },
    });
  }
  return client;
}
