// Which file may import which. Each rule stands for one border of ARCHITECTURE.md; tests/architecture breaks
// every one of them once and sees it caught. Types count as imports: a type that crosses a border couples as much.

const tests = '[.]test(-d)?[.]ts$';
/** Those of the platform, and in examples/ those that new ones are copied from: what holds for the copy holds for them. */
const service = '((?:examples/)?services/[^/]+)';
const contract = '((?:examples/)?contracts/[^/]+)';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'services-are-islands',
      comment: 'A service never imports another service, by any path.',
      severity: 'error',
      from: { path: `^${service}/` },
      to: { path: `^${service}/`, pathNot: '^$1/' },
    },
    {
      name: 'services-see-kit-and-contracts',
      comment: 'A service knows nothing of who hosts it, calls it or tests it.',
      severity: 'error',
      from: { path: `^${service}/` },
      to: { path: '^(apps|clients|examples|bench|tests|scripts)/', pathNot: ['^$1/', `^${contract}/`] },
    },
    {
      name: 'domain-is-pure',
      comment: 'Domain imports domain: no package, no Node module, no other layer.',
      severity: 'error',
      from: { path: `^${service}/src/domain/`, pathNot: tests },
      to: { pathNot: '^$1/src/domain/' },
    },
    {
      name: 'application-sees-domain-contracts-kit',
      comment: 'What a use case needs from outside comes through a port.',
      severity: 'error',
      from: { path: `^${service}/src/application/`, pathNot: tests },
      to: { pathNot: ['^$1/src/(domain|application)/', `^${contract}/`, '^kit/'] },
    },
    {
      name: 'api-does-not-touch-infrastructure',
      severity: 'error',
      from: { path: `^${service}/src/api/` },
      to: { path: '^$1/src/infrastructure/' },
    },
    {
      name: 'infrastructure-does-not-touch-api',
      severity: 'error',
      from: { path: `^${service}/src/infrastructure/` },
      to: { path: '^$1/src/api/' },
    },
    {
      name: 'only-composition-joins-layers',
      comment: 'Whoever names an adapter has chosen it; only composition.ts chooses.',
      severity: 'error',
      from: {
        path: `^${service}/src/`,
        pathNot: [tests, `^${service}/src/composition[.]ts$`, `^${service}/src/infrastructure/`],
      },
      to: { path: '^$1/src/infrastructure/' },
    },
    {
      name: 'services-open-one-door',
      comment: 'From outside a service is its index.ts.',
      severity: 'error',
      from: { pathNot: `^${service}/` },
      to: { path: `^${service}/`, pathNot: `^${service}/src/index[.]ts$` },
    },
    {
      name: 'only-hosts-import-services',
      comment: 'Clients and examples speak to services over the wire.',
      severity: 'error',
      from: { pathNot: [`^${service}/`, '^(apps|tests|bench|scripts)/'] },
      to: { path: `^${service}/` },
    },
    {
      name: 'contracts-are-leaves',
      comment: 'A contract imports itself and the schema library.',
      severity: 'error',
      from: { path: `^${contract}/`, pathNot: tests },
      to: { pathNot: ['^$1/', '(^|/)node_modules/zod/'] },
    },
    {
      name: 'kit-knows-no-business',
      severity: 'error',
      from: { path: '^kit/' },
      to: { path: '^(services|contracts|apps|clients|examples|bench|tests)/' },
    },
    {
      name: 'sdk-needs-contracts-alone',
      comment:
        'The package that users install carries no server; the embedded engine is loaded by name. kit/json, which needs ' +
        'nothing itself, says to both sides which JSON may cross.',
      severity: 'error',
      from: { path: '^clients/sdk/src/', pathNot: tests },
      to: { path: '^(kit|services|apps)/', pathNot: '^kit/json/' },
    },
    {
      name: 'sdk-definitions-and-api-need-no-process',
      comment:
        'A definition is a value and the HTTP API a function: whoever has both need not load a worker or a client.',
      severity: 'error',
      from: { path: '^clients/sdk/src/(definitions|api)/', pathNot: tests },
      to: { path: '^clients/sdk/src/(worker|client|testkit)/' },
    },
    {
      name: 'sdk-worker-needs-no-client',
      comment: 'The embedded engine makes the client start a worker; what both ask of the server lies in api/.',
      severity: 'error',
      from: { path: '^clients/sdk/src/worker/', pathNot: tests },
      to: { path: '^clients/sdk/src/(client|testkit)/' },
    },
    {
      name: 'nothing-below-imports-apps',
      severity: 'error',
      from: { pathNot: '^(apps|clients/cli|tests|bench|scripts|examples)/' },
      to: { path: '^apps/' },
    },
    {
      name: 'tests-stay-outside',
      comment: 'What runs in production imports no test, no test kit and no script.',
      severity: 'error',
      from: {
        path: '^(contracts|kit|services|apps|clients|examples)/',
        pathNot: [tests, '^kit/testing/', '/testing/'],
      },
      to: { path: ['^kit/testing/', '^tests/', '^scripts/', '^bench/', tests] },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    // Without it a type-only import is invisible.
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'default'],
      extensions: ['.ts', '.mjs', '.js', '.json'],
    },
  },
};
