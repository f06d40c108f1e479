// The rules of the house. A rule says which rooms may not know what; `comment` says why.
const io = '^(node:)?(fs|net|http|https|http2|tls|dns|dgram|child_process|cluster|worker_threads|fs/promises)(/|$)';
const kubernetes = 'node_modules/@kubernetes/';
const pure = '^libs/(tagging|contracts|crd)/src';
// A generator writes files and a command line reads them: both stand at the edge of a pure library, never inside it.
const edges = '(generate|cli)\\.ts$|\\.spec\\.ts$';

module.exports = {
  forbidden: [
    {
      name: 'pure-libraries-do-no-io',
      comment: 'tagging, contracts and crd are used in every process and in tests: they must have no effects',
      severity: 'error',
      from: { path: pure, pathNot: edges },
      to: { path: `${io}|node_modules/(@nestjs|kafkajs|redis|@redis|undici|fastify)/|${kubernetes}` },
    },
    {
      name: 'runtime-knows-no-tagservice',
      comment: 'controller-runtime is a general library',
      severity: 'error',
      from: { path: '^libs/controller-runtime/src', pathNot: '\\.spec\\.ts$' },
      to: { path: '^(libs/(?!controller-runtime)|apps|operator|tools)/' },
    },
    {
      name: 'operator-knows-no-nest',
      comment: 'decorators and injection stay in apps',
      severity: 'error',
      from: { path: '^operator/' },
      to: { path: 'node_modules/@nestjs/' },
    },
    {
      name: 'apps-know-no-kubernetes',
      comment: 'the service must run anywhere; what it needs of the cluster comes as environment',
      severity: 'error',
      from: { path: '^apps/' },
      to: { path: `${kubernetes}|^(libs/(controller-runtime|crd)|operator)/` },
    },
    {
      name: 'kafka-behind-the-bus',
      comment: 'one adapter, one place to change the client',
      severity: 'error',
      from: { pathNot: '^(libs/event-bus|bench)/' },
      to: { path: 'node_modules/kafkajs/' },
    },
    {
      name: 'redis-behind-the-store',
      comment: 'durability and fencing rules live in one adapter',
      severity: 'error',
      from: { pathNot: '^(libs/tag-store|bench)/' },
      to: { path: 'node_modules/(redis|@redis)/' },
    },
    {
      name: 'kubernetes-behind-the-runtime',
      comment: 'the official client has traps that the runtime avoids; the benchmarks compare with it',
      severity: 'error',
      from: { pathNot: '^(libs/controller-runtime/|operator/src/main\\.ts|bench/)' },
      to: { path: kubernetes },
    },
    {
      name: 'products-do-not-import-tools',
      comment: 'tools build and test the product; the product must not need them',
      severity: 'error',
      from: { path: '^(libs|apps|operator)/', pathNot: '\\.spec\\.ts$|/test/|^operator/faults/' },
      to: { path: '^(tools|e2e|bench)/' },
    },
    {
      name: 'no-cycles',
      comment: 'a cycle makes load order matter',
      severity: 'error',
      from: {},
      to: { circular: true, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'declared-dependencies-only',
      comment: 'hoisting makes an undeclared import work by luck',
      severity: 'error',
      from: { pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown'] },
    },
    {
      name: 'resolvable',
      comment: 'an import that leads nowhere',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|node_modules/\\.cache)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
