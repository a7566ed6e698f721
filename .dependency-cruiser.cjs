/** Dependencies point down only (docs/map.md). `tools/boundaries` proves that each rule bites. */
const LAYER_0 = 'contracts|scim|landscape|access|observability|simulator-kit|local-stack';
const service = '(?:^|/)services/([^/]+)/';
const library = (names) => `(?:^|/)libs/(?:${names})/`;
const notATest = '\\.spec\\.ts$|(?:^|/)test/';

module.exports = {
  forbidden: [
    { name: 'no-circle', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^@rolebridge/' } },
    {
      name: 'services-never-import-services',
      severity: 'error',
      from: { path: service, pathNot: '(?:^|/)services/e2e/' },
      to: { path: service, pathNot: '(?:^|/)services/$1/' },
    },
    {
      name: 'libraries-never-import-services',
      severity: 'error',
      from: { path: '(?:^|/)libs/' },
      to: { path: service },
    },
    {
      name: 'contracts-and-scim-import-nothing-of-ours',
      severity: 'error',
      from: { path: '(?:^|/)libs/(contracts|scim)/', pathNot: notATest },
      to: { path: '(?:^|/)libs/', pathNot: '(?:^|/)libs/$1/' },
    },
    {
      name: 'layer-0-imports-no-higher-layer',
      severity: 'error',
      from: { path: library(LAYER_0), pathNot: notATest },
      to: { path: library('kafka|persistence|connector-sdk') },
    },
    {
      name: 'layer-1-imports-no-layer-2',
      severity: 'error',
      from: { path: library('kafka|persistence') },
      to: { path: library('connector-sdk') },
    },
    {
      name: 'kafka-and-persistence-are-strangers',
      severity: 'error',
      from: { path: '(?:^|/)libs/(kafka|persistence)/', pathNot: notATest },
      to: { path: library('kafka|persistence'), pathNot: '(?:^|/)libs/$1/' },
    },
    {
      name: 'kafkajs-lives-in-libs-kafka',
      severity: 'error',
      from: { pathNot: library('kafka') },
      to: { path: '(?:^|/)kafkajs(?:/|$)' },
    },
    {
      name: 'the-driver-lives-in-libs-persistence',
      severity: 'error',
      from: { pathNot: library('persistence') },
      to: { path: '(?:^|/)node_modules/(?:pg|kysely)(?:/|$)' },
    },
    {
      name: 'nest-stays-at-the-rim',
      severity: 'error',
      from: { pathNot: ['(?:^|/)(?:inbound|nest)/', '\\.(?:module|controller|controllers|consumer|filter|guard)\\.ts$', '(?:^|/)main\\.ts$', notATest] },
      to: { path: '(?:^|/)node_modules/@nestjs/' },
    },
    {
      name: 'decide-is-pure',
      severity: 'error',
      from: { path: '(?:^|/)decide/', pathNot: notATest },
      to: { path: ['(?:^|/)(?:inbound|store|target|nest|dispatch)/', '(?:^|/)node_modules/(?:@nestjs|undici|fastify|pino)(?:/|$)', '^(?:node:)?(?:fs|net|http|https|child_process|timers|timers/promises|process|os|fs/promises)$'] },
    },
    {
      name: 'sources-never-import-simulators',
      severity: 'error',
      from: { path: '(?:^|/)services/[^/]+/src/', pathNot: [notATest, '(?:^|/)services/e2e/'] },
      to: { path: '(?:^|/)simulator/|(?:^|/)libs/simulator-kit/' },
    },
    {
      name: 'local-stack-is-tooling',
      severity: 'error',
      from: { pathNot: ['(?:^|/)services/e2e/', library('local-stack'), notATest] },
      to: { path: library('local-stack') },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(?:^|/)dist/' },
    parser: 'swc',
    moduleSystems: ['es6'],
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['source', 'node', 'import', 'default'], extensions: ['.ts', '.js', '.json'] },
  },
};
