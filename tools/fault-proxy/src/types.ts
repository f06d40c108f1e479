/**
 * What a request does. The words of Kubernetes' authorisation, with server-side apply apart from other patches, since the two fail
 * differently. Requests that are no resource's (`/version`, `/apis`, `/healthz`) are `get` with an empty `resource`.
 */
export type Verb =
  'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'apply' | 'delete' | 'deletecollection' | 'other';

/** Type of one line of a watch. */
export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';

/** What a path, its query and its headers ask for. Absent means that the request does not say so. */
export type RequestInfo = {
  readonly verb: Verb;
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** Lower-case plural; empty for a request that is no resource's. */
  readonly resource: string;
  readonly subresource?: string;
  /** Absent for cluster-scoped objects (Namespaces too) and for requests over all namespaces. */
  readonly namespace?: string;
  /** From the path, the body of a create, or a field selector `metadata.name=`. */
  readonly name?: string;
  readonly fieldManager?: string;
  /** Checked by the server, but stored by nobody. */
  readonly dryRun: boolean;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** As asked for by a get, list or watch: absent is the newest (a quorum read), '0' is whatever the server has at hand. */
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: string;
};

/** One request as rules see it. */
export type ProxiedRequest = RequestInfo & {
  /** Position in the history of the proxy, from 1. */
  readonly n: number;
  /** Name of the entrance that it came through: one per client. */
  readonly entrance: string;
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  /**
   * Number of this write among those of its entrance, from 1. What counts is decided by {@link OpenOptions.countsAsWrite}: by default
   * every request that stores something, except Leases and Events, whose moments are no part of what a reconcile does.
   */
  readonly write?: number;
  /**
   * Parsed body; values in Secrets, tokens and review requests are replaced by '(redacted)'. Absent if there is none or it is neither
   * JSON nor YAML.
   */
  readonly body?: unknown;
};

/** One request and how it ended. Entries are filled in as the request goes on; what is absent has not happened (yet). */
export type HistoryEntry = ProxiedRequest & {
  /** When it arrived, in milliseconds since 1970, with fractions; never goes back. */
  readonly at: number;
  /** When nothing more of it could reach the client: answered, broken off or cut. */
  readonly ended?: number;
  /** What the API server answered; absent if the request never reached it, or its answer was not waited for. */
  readonly code?: number;
  /** What the client was answered; absent if it got no answer. Differs from `code` where a fault made it so. */
  readonly answered?: number;
  /** `metadata.resourceVersion` of the API server's answer: of the object, or of the list. */
  readonly answerVersion?: string;
  /** Lines of a watch that reached the client, bookmarks included. */
  readonly events?: number;
  /** How often the request was sent to the API server. */
  readonly sent: number;
  /** Faults done to it, in order, each once. */
  readonly faults: readonly Fault[];
  /** The first of `faults`. */
  readonly fault?: Fault;
  /** Why it ended without an answer, in words. */
  readonly error?: string;
};

/** One value, or several of which one must be. */
export type OneOf<T> = T | readonly T[];

/**
 * Narrows a rule. All that is given must hold. Of a watch under way, `name`, `namespace` and `event` are those of the event's object where
 * the fault concerns single events.
 */
export type Match = {
  readonly verb?: OneOf<Verb>;
  /** '' is the core group. */
  readonly group?: OneOf<string>;
  readonly version?: OneOf<string>;
  readonly resource?: OneOf<string>;
  /** '' asks for requests without one. */
  readonly subresource?: OneOf<string>;
  readonly namespace?: OneOf<string>;
  readonly name?: OneOf<string> | RegExp;
  readonly fieldManager?: OneOf<string>;
  readonly dryRun?: boolean;
  /** The nth write of the entrance. For the nth of one kind use the kind's other properties with `skip` and `times`. */
  readonly write?: OneOf<number>;
  readonly event?: OneOf<WatchEventType>;
};

/** A request, or one event of a watch. */
export type Subject = ProxiedRequest & { readonly event?: WatchEventType; readonly object?: unknown };

/** When a rule applies: a description, or a function that may look at the body or the event's object. */
export type Matcher = Match | ((subject: Subject) => boolean);

/** A fault and the requests it is for. Of several rules that fit, the one added first is used. */
export type FaultRule = {
  readonly match: Matcher;
  /** How often it is used; then it is spent. Default: 1 for `crash`, else without end. */
  readonly times?: number;
  /** Leaves out so many fitting requests (events) first. Default 0. */
  readonly skip?: number;
  readonly fault: Fault;
};

/**
 * The client dies at this request. `before`: the API server never sees it. `after`: it is done and answered, and nothing more gets
 * through. `lost-response`: it is done, the answer never arrives. Every connection of the entrance is cut and new ones are refused until
 * `heal()`; then `entrance.onCrash` is called.
 */
export type CrashFault = { readonly kind: 'crash'; readonly when: 'before' | 'after' | 'lost-response' };

/** Answers with a Status instead of the API server. */
export type AnswerFault = {
  readonly kind: 'answer';
  /** 401, 403, 404, 409, 410, 422, 429, 5xx, ... */
  readonly code: number;
  /** Default: what the API server says with this code and verb. */
  readonly reason?: string;
  readonly message?: string;
  /** Sent as header and in the Status. Default: 1 for 429, else none. */
  readonly retryAfterSeconds?: number;
  /** Do what was asked first and answer so nevertheless, as a gateway that timed out would. Default false. */
  readonly done?: boolean;
};

/** Waits. `request`: before the API server sees it; `answer`: before the client sees the answer, or each event of a watch. */
export type DelayFault = { readonly kind: 'delay'; readonly ms: number; readonly on?: 'request' | 'answer' };

/** The connection is reset before the API server sees the request. A watch under way is reset before its next event. */
export type DropFault = { readonly kind: 'drop' };

/** It is done, but the connection is reset before the answer. */
export type LoseResponseFault = { readonly kind: 'lose-response' };

/** The request is sent twice, one after the other; or each fitting line of a watch is repeated. */
export type DuplicateFault = {
  readonly kind: 'duplicate';
  /** Which answer the client gets. Default 'first'. */
  readonly deliver?: 'first' | 'second';
};

/**
 * Half-open: the connection stays, nothing comes, until the rule is removed (`handle.remove()`, `faults.clear()`); then what waited is
 * delivered in order. `headers` (default): a request is done, but not even the head of its answer comes. `body`: only the head comes.
 * `request`: the API server does not see it either until then. A watch under way is silent in all three.
 */
export type HoldFault = { readonly kind: 'hold'; readonly from?: 'request' | 'headers' | 'body' };

/** The answer's body trickles. */
export type SlowFault = { readonly kind: 'slow'; readonly bytesPerSecond: number };

/**
 * JSON that is cut off. An answer is cut after `bytes` (default: half of it), a watch in the middle of its next fitting event; then the
 * body ends. `clean` (default): as if that were all; `reset`: the connection breaks.
 */
export type TruncateFault = { readonly kind: 'truncate'; readonly bytes?: number; readonly end?: 'clean' | 'reset' };

/** The version asked for is compacted away: a watch gets an ERROR event with a Status 410 and ends (at once, also one under way); a list answers 410. */
export type GoneFault = { readonly kind: 'gone' };

/**
 * An API server that lags behind: gets and lists answer the state as of `version`, consistently (the real server is asked for exactly that
 * version, so it must not be compacted: about five minutes); watches show nothing newer than it until the rule is removed.
 *
 * Legal by default: only reads that allow an older answer (`resourceVersion=0`, or one not newer than `version`) are answered so, others are
 * passed on. `illegal`: all of them, also those that must see the newest.
 */
export type StaleFault = {
  readonly kind: 'stale';
  /** Default: the newest version that the proxy had seen when the rule was added. */
  readonly version?: string;
  readonly illegal?: boolean;
};

/**
 * Fitting events of watches are left out. `relist` (default true): when the rule is removed or spent, watches that missed something
 * (also when they reconnect from before it) end with 410, so that the client lists anew and never sees the states between. `false`: the
 * client is never told, which a real API server does not do.
 */
export type HideFault = { readonly kind: 'hide'; readonly relist?: boolean };

/**
 * Events of a watch are collected for so long and delivered with the objects in reversed order; events of one object keep theirs. A real
 * API server does not do this within one watch.
 */
export type ReorderFault = { readonly kind: 'reorder'; readonly windowMs: number };

/** All that can go wrong with one request or watch. */
export type Fault =
  | CrashFault
  | AnswerFault
  | DelayFault
  | DropFault
  | LoseResponseFault
  | DuplicateFault
  | HoldFault
  | SlowFault
  | TruncateFault
  | GoneFault
  | StaleFault
  | HideFault
  | ReorderFault;

export type FaultKind = Fault['kind'];

/** A rule in use. */
export type FaultHandle = {
  readonly rule: FaultRule;
  /** How often it was used: requests for most faults, single events for `hide`, `duplicate`, `truncate` and `reorder` on watches. */
  readonly applied: number;
  /** True once it is used up or removed. */
  readonly spent: boolean;
  /** Resolves when it was used for the `times`th time (default: the first). Rejects with FaultProxyClosed once it cannot be any more. */
  used(times?: number): Promise<void>;
  /** Ends the rule. What it holds goes on. May be called twice. */
  remove(): void;
};

/** The rules of an entrance, or of all entrances. */
export type Faults = {
  /** In the order in which they are looked at. Spent rules are gone. */
  readonly rules: readonly FaultHandle[];
  /** From now on, also for watches under way. */
  add(rule: FaultRule): FaultHandle;
  /** Removes every rule. */
  clear(): void;
};

/** Told when a `crash` happened. */
export type Crash = { readonly entrance: Entrance; readonly request: HistoryEntry; readonly when: CrashFault['when'] };

/** `open`: requests pass; `partitioned`: connections stay, nothing passes; `cut`: connections are reset; `closed`: nobody listens. */
export type EntranceState = 'open' | 'partitioned' | 'cut' | 'closed';

/** Where one client comes in: a port of 127.0.0.1 of its own. Plain HTTP unless TLS is asked for. */
export type Entrance = {
  readonly name: string;
  readonly url: string;
  /** Path of a kubeconfig that leads here. The proxy adds the identity: whoever reaches the port has it. */
  readonly kubeconfig: string;
  readonly state: EntranceState;
  /** Counted writes so far: the next one is `writes + 1`. */
  readonly writes: number;
  /** Requests and watches that have not ended. */
  readonly active: number;
  readonly faults: Faults;
  /** Called after a `crash`, once the entrance is cut. */
  onCrash: ((crash: Crash) => void) | undefined;
  /** From now on nothing passes, in either direction; connections stay. What the API server has begun it completes. */
  partition(): void;
  /** Resets every connection and every new one. */
  cut(): void;
  /** Resets the connections of this moment; new ones are welcome. */
  disconnect(): void;
  /** Ends a partition, a cut or a crash. What waited goes on, if its client still waits for it. */
  heal(): void;
  /** With {@link OpenOptions.tokens}: the token of the kubeconfig becomes invalid (401); its file gets a new one. */
  expireToken(options?: { renew?: boolean }): void;
  /** Shifts the `Date` header of answers by so many milliseconds. 0 ends that. */
  shiftDate(ms: number): void;
  /** Ends every connection and the port. May be called twice. */
  close(): Promise<void>;
};

/** Who the API server takes the clients of an entrance for, instead of the identity of the backend's kubeconfig. */
export type Impersonation = { readonly user: string; readonly groups?: readonly string[] };

export type OpenOptions = {
  /** Sends `Impersonate-*` headers with each request, so that RBAC decides as for this user. */
  readonly impersonate?: Impersonation;
  /** Which requests get a `write` number. */
  readonly countsAsWrite?: (request: Omit<ProxiedRequest, 'write'>) => boolean;
  /** Demands the token of the kubeconfig's `tokenFile`; see {@link Entrance.expireToken}. Default: no credentials are asked for. */
  readonly tokens?: boolean;
  /** Serves TLS with this certificate, which the kubeconfig then trusts. PEM. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Port of 127.0.0.1. Default: a free one. */
  readonly port?: number;
};

export type FaultProxyOptions = {
  /** Path of the kubeconfig of the real API server. Client certificate, token, token file or basic authentication. */
  readonly kubeconfig: string;
  readonly context?: string;
  /** The oldest entries go when there are more. Default 100,000. */
  readonly historyLimit?: number;
  /** Called when a request has ended. */
  readonly observe?: (entry: HistoryEntry) => void;
};

/** A proxy in front of a real API server. */
export type FaultProxy = {
  /** Every request of every entrance in the order of arrival. The array grows in place; entries are filled in as they go on. */
  readonly history: readonly HistoryEntry[];
  readonly entrances: readonly Entrance[];
  /** Rules for all entrances; looked at after the entrance's own. */
  readonly faults: Faults;
  /** Newest resourceVersion that passed through; undefined before the first. */
  readonly newestVersion: string | undefined;
  /** The API server's resourceVersion right now, asked past the history. */
  version(): Promise<string>;
  open(name: string, options?: OpenOptions): Promise<Entrance>;
  /** Forgets the history; numbers go on. */
  clearHistory(): void;
  /** Ends every entrance, connection and request, and removes the kubeconfigs. May be called twice. */
  close(): Promise<void>;
};
