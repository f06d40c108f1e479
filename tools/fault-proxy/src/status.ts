import type { AnswerFault, RequestInfo } from './types.ts';

/** A refusal in the API server's form. */
export type StatusAnswer = {
  readonly code: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** metav1.StatusReason by code, as k8s.io/apimachinery/pkg/api/errors gives them. */
const reasons: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  406: 'NotAcceptable',
  409: 'Conflict',
  410: 'Expired',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

const texts: Readonly<Record<string, (what: string, name: string) => string>> = {
  Unauthorized: () => 'Unauthorized',
  Forbidden: (what, name) => `${what} "${name}" is forbidden: the fault proxy says so`,
  NotFound: (what, name) => `${what} "${name}" not found`,
  AlreadyExists: (what, name) => `${what} "${name}" already exists`,
  Conflict: (what, name) =>
    `Operation cannot be fulfilled on ${what} "${name}": the object has been modified; please apply your changes to the latest version and try again`,
  Expired: () => 'The resourceVersion for the provided watch is too old.',
  Invalid: (what, name) => `${what} "${name}" is invalid: the fault proxy says so`,
  TooManyRequests: () => 'The apiserver is currently overloaded; try again later.',
  Timeout: () => 'The request timed out in the server',
  ServiceUnavailable: () => 'The server is currently unable to handle the request',
  InternalError: () => 'Internal error occurred: the fault proxy says so',
};

/** The Status that a real API server would send with this code for this request. */
export function refusal(fault: Omit<AnswerFault, 'kind'>, info: RequestInfo): StatusAnswer {
  const { code } = fault;
  const reason = fault.reason ?? (code === 409 && info.verb === 'create' ? 'AlreadyExists' : reasons[code]) ?? '';
  const retry = fault.retryAfterSeconds ?? (code === 429 ? 1 : undefined);
  const body = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: fault.message ?? messageOf(reason, info),
    reason,
    details: detailsOf(info, retry),
    code,
  };
  return {
    code,
    headers: { 'content-type': 'application/json', ...(retry === undefined ? {} : { 'retry-after': String(retry) }) },
    body: JSON.stringify(body),
  };
}

/** The line with which a watch ends whose version is compacted away. */
export function goneEvent(info: RequestInfo): string {
  const status = JSON.parse(refusal({ code: 410, message: 'too old resource version' }, info).body) as unknown;
  return `${JSON.stringify({ type: 'ERROR', object: status })}\n`;
}

function messageOf(reason: string, info: RequestInfo): string {
  const what = info.group === '' ? info.resource : `${info.resource}.${info.group}`;
  return (
    texts[reason]?.(what, info.name ?? '') ?? `the fault proxy answers ${reason === '' ? 'with an error' : reason}`
  );
}

/** `kind` is the resource's name: a habit of the API server's. */
function detailsOf(info: RequestInfo, retry: number | undefined): object {
  return {
    ...(info.name === undefined ? {} : { name: info.name }),
    ...(info.group === '' ? {} : { group: info.group }),
    ...(info.resource === '' ? {} : { kind: info.resource }),
    ...(retry === undefined ? {} : { retryAfterSeconds: retry }),
  };
}
