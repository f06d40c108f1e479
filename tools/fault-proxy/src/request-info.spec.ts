import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countsAsWrite, parseRequest, refineByBody, stores } from './request-info.ts';
import type { RequestInfo } from './types.ts';

const apply = 'application/apply-patch+yaml';

/** Written by hand from the API server's own table (requestinfo_test.go) and from what the clients here send. */
const table: [string, Partial<RequestInfo>, string?][] = [
  ['GET /api/v1/namespaces', { verb: 'list', resource: 'namespaces' }],
  ['GET /api/v1/namespaces/other', { verb: 'get', resource: 'namespaces', name: 'other' }],
  [
    'PUT /api/v1/namespaces/other/finalize',
    { verb: 'update', resource: 'namespaces', name: 'other', subresource: 'finalize' },
  ],
  [
    'PATCH /api/v1/namespaces/other/status',
    { verb: 'patch', resource: 'namespaces', name: 'other', subresource: 'status' },
  ],
  ['GET /api/v1/namespaces/other/pods', { verb: 'list', namespace: 'other', resource: 'pods' }],
  ['GET /api/v1/namespaces/other/pods/foo', { verb: 'get', namespace: 'other', resource: 'pods', name: 'foo' }],
  ['HEAD /api/v1/namespaces/other/pods/foo', { verb: 'get', namespace: 'other', resource: 'pods', name: 'foo' }],
  ['GET /api/v1/pods', { verb: 'list', resource: 'pods' }],
  ['GET /api/v1/pods?watch=true', { verb: 'watch', resource: 'pods' }],
  ['GET /api/v1/pods?watch=1', { verb: 'watch', resource: 'pods' }],
  ['GET /api/v1/pods?watch', { verb: 'watch', resource: 'pods' }],
  ['GET /api/v1/pods?watch=false', { verb: 'list', resource: 'pods' }],
  ['GET /api/v1/watch/namespaces/other/pods', { verb: 'watch', namespace: 'other', resource: 'pods' }],
  [
    'GET /api/v1/namespaces/other/pods?fieldSelector=metadata.name%3Dfoo&watch=true',
    { verb: 'watch', namespace: 'other', resource: 'pods', name: 'foo', fieldSelector: 'metadata.name=foo' },
  ],
  [
    'GET /api/v1/namespaces/other/pods/foo/log?follow=true',
    { verb: 'get', namespace: 'other', resource: 'pods', name: 'foo', subresource: 'log' },
  ],
  [
    'GET /api/v1/nodes/n1/proxy/metrics/cadvisor',
    { verb: 'get', resource: 'nodes', name: 'n1', subresource: 'proxy/metrics/cadvisor' },
  ],
  ['POST /api/v1/namespaces/other/pods', { verb: 'create', namespace: 'other', resource: 'pods' }],
  [
    'POST /api/v1/namespaces/other/pods/foo/eviction',
    { verb: 'create', namespace: 'other', resource: 'pods', name: 'foo', subresource: 'eviction' },
  ],
  ['DELETE /api/v1/namespaces/other/pods', { verb: 'deletecollection', namespace: 'other', resource: 'pods' }],
  ['DELETE /api/v1/namespaces/other/pods/foo', { verb: 'delete', namespace: 'other', resource: 'pods', name: 'foo' }],
  ['PUT /api/v1/namespaces/other/pods/foo', { verb: 'update', namespace: 'other', resource: 'pods', name: 'foo' }],
  [
    'PATCH /api/v1/namespaces/other/pods/foo',
    { verb: 'patch', namespace: 'other', resource: 'pods', name: 'foo' },
    'application/merge-patch+json',
  ],
  [
    'PATCH /apis/apps/v1/namespaces/n/deployments/d?fieldManager=op%2Fapi&force=true',
    { verb: 'apply', group: 'apps', namespace: 'n', resource: 'deployments', name: 'd', fieldManager: 'op/api' },
    apply,
  ],
  [
    'GET /apis/apps/v1/namespaces/n/deployments/d/scale',
    { verb: 'get', group: 'apps', namespace: 'n', resource: 'deployments', name: 'd', subresource: 'scale' },
  ],
  [
    'PATCH /apis/tagservice.dev/v1alpha1/namespaces/n/tagservices/t/status?dryRun=All',
    {
      verb: 'apply',
      group: 'tagservice.dev',
      version: 'v1alpha1',
      namespace: 'n',
      resource: 'tagservices',
      name: 't',
      subresource: 'status',
      dryRun: true,
    },
    apply,
  ],
  [
    'GET /apis/apiextensions.k8s.io/v1/customresourcedefinitions/x.y?resourceVersion=0',
    {
      verb: 'get',
      group: 'apiextensions.k8s.io',
      resource: 'customresourcedefinitions',
      name: 'x.y',
      resourceVersion: '0',
    },
  ],
  [
    'GET /api/v1/pods?labelSelector=a%3Db&resourceVersion=7&resourceVersionMatch=NotOlderThan',
    {
      verb: 'list',
      resource: 'pods',
      labelSelector: 'a=b',
      resourceVersion: '7',
      resourceVersionMatch: 'NotOlderThan',
    },
  ],
  ['GET /api/v1/namespaces/n/configmaps/a%2Fb', { verb: 'get', namespace: 'n', resource: 'configmaps', name: 'a/b' }],
  ['GET /api', { verb: 'get', version: '' }],
  ['GET /api/v1', { verb: 'get', version: '' }],
  ['GET /apis/apps/v1', { verb: 'get', version: '' }],
  ['GET /version', { verb: 'get', version: '' }],
  ['GET /healthz', { verb: 'get', version: '' }],
  ['POST /graphql', { verb: 'other', version: '' }],
  ['OPTIONS /api/v1/pods', { verb: 'other', resource: 'pods' }],
];

const parse = (line: string, contentType?: string): RequestInfo => {
  const [method = '', path = ''] = line.split(' ');
  return parseRequest({ method, path, contentType });
};

describe('what a request asks for', () => {
  it.each(table)('%s', (line, expected, contentType) => {
    expect(parse(line, contentType)).toEqual({ group: '', version: 'v1', resource: '', dryRun: false, ...expected });
  });

  it('is found again for any group, scope, name and subresource', () => {
    const word = fc
      .stringMatching(/^[a-z][a-z0-9.-]{0,12}[a-z0-9]$/)
      .filter((text) => !['namespaces', 'watch'].includes(text));
    const optional = fc.option(word, { nil: undefined });
    fc.assert(
      fc.property(
        fc.record({
          group: optional,
          version: word,
          resource: word,
          namespace: optional,
          name: optional,
          sub: optional,
        }),
        ({ group, version, resource, namespace, name, sub }) => {
          const subresource = name === undefined ? undefined : sub;
          const parts = [
            ...(group === undefined ? ['api'] : ['apis', group]),
            version,
            ...(namespace === undefined ? [] : ['namespaces', namespace]),
            ...[resource, name, subresource].filter((part) => part !== undefined),
          ];
          // Below a Namespace these two are its own subresources.
          fc.pre(!(namespace !== undefined && ['status', 'finalize'].includes(resource)));
          const info = parse(`GET /${parts.join('/')}`);
          expect(info).toEqual({
            verb: name === undefined ? 'list' : 'get',
            group: group ?? '',
            version,
            resource,
            dryRun: false,
            ...(namespace === undefined ? {} : { namespace }),
            ...(name === undefined ? {} : { name }),
            ...(subresource === undefined ? {} : { subresource }),
          });
        },
      ),
    );
  });

  it('is never an exception, whatever the path', () => {
    fc.assert(
      fc.property(fc.webPath(), fc.webQueryParameters(), (path, query) => {
        expect(parse(`GET ${path === '' ? '/' : path}?${query}`).verb).toBeTypeOf('string');
      }),
    );
    expect(parse('GET /api/v1/pods/%zz').name).toBe('%zz');
    expect(parseRequest({ method: 'GET', path: '//api/v1/pods' }).verb).toBe('list');
    expect(parseRequest({ method: 'OPTIONS', path: '*' }).verb).toBe('other');
  });

  it('is completed by the body: the name of what is created, the dry run of a deletion', () => {
    const create = parse('POST /api/v1/namespaces/n/pods');
    expect(refineByBody(create, { metadata: { name: 'a' } }).name).toBe('a');
    expect(refineByBody(create, { metadata: { generateName: 'a-' } }).name).toBeUndefined();
    expect(refineByBody(create, undefined)).toBe(create);
    const remove = parse('DELETE /api/v1/namespaces/n/pods/a');
    expect(refineByBody(remove, { dryRun: ['All'] }).dryRun).toBe(true);
    expect(refineByBody(remove, {}).dryRun).toBe(false);
    const get = parse('GET /api/v1/namespaces/n/pods/a');
    expect(refineByBody(get, { metadata: { name: 'b' } }).name).toBe('a');
  });
});

describe('which requests are writes', () => {
  const writes = (line: string): boolean => countsAsWrite(parse(line));

  it('counts what stores something', () => {
    const lines = [
      'POST /api/v1/namespaces/n/pods',
      'PUT /api/v1/namespaces/n/pods/a',
      'PATCH /api/v1/namespaces/n/pods/a',
      'DELETE /api/v1/namespaces/n/pods/a',
      'DELETE /api/v1/namespaces/n/pods',
      'POST /api/v1/namespaces/n/pods/a/eviction',
    ];
    expect(lines.map(writes)).toEqual(lines.map(() => true));
  });

  it('counts neither reads, nor dry runs, nor questions', () => {
    const lines = [
      'GET /api/v1/pods',
      'PATCH /api/v1/namespaces/n/pods/a?dryRun=All',
      'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      'POST /apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
      'POST /apis/authorization.k8s.io/v1/namespaces/n/localsubjectaccessreviews',
      'POST /apis/authentication.k8s.io/v1/tokenreviews',
      'POST /api/v1/namespaces/n/serviceaccounts/a/token',
      'POST /version',
    ];
    expect(lines.map(writes)).toEqual(lines.map(() => false));
  });

  it('does not count Leases and Events, though they are stored', () => {
    for (const line of [
      'PUT /apis/coordination.k8s.io/v1/namespaces/n/leases/l',
      'POST /apis/events.k8s.io/v1/namespaces/n/events',
    ]) {
      expect(writes(line)).toBe(false);
      expect(stores(parse(line))).toBe(true);
    }
  });
});
