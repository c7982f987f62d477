/** A file that breaks exactly the border that it names. */
interface BoundaryViolation {
  readonly what: string;
  readonly rule: string;
  readonly path: string;
  readonly text: string;
}

/** Files that the violations import. */
export const targets: Readonly<Record<string, string>> = {
  'services/task-management/src/domain/planted-target.ts': "export type Target = string;\nexport const target = 'a';\n",
  'services/task-execution/src/domain/planted-target.ts': "export type Target = string;\nexport const target = 'a';\n",
  'services/task-execution/src/application/planted-target.ts': 'export type Target = string;\n',
  'services/task-execution/src/infrastructure/planted-target.ts': 'export const target = 1;\n',
  'services/task-execution/src/api/planted-target.ts': 'export const target = 1;\n',
  'services/task-execution/src/domain/planted-cycle-back.ts':
    "import { forth } from './planted-cycle.ts';\nexport const back = (): unknown => forth;\n",
  'services/task-execution/src/domain/planted-type-cycle-back.ts':
    "import type { Forth } from './planted-type-cycle.ts';\nexport const back: Forth = 'a';\n",
  'kit/time/src/planted-target.test.ts': 'export const target = 1;\n',
};

const execution = 'services/task-execution/src';
const other = '../../../task-management/src/domain/planted-target.ts';

export const boundaryViolations: readonly BoundaryViolation[] = [
  {
    what: 'a value of another service, by relative path',
    rule: 'services-are-islands',
    path: `${execution}/application/planted-value.ts`,
    text: `import { target } from '${other}';\nexport const z = target;\n`,
  },
  {
    what: 'a type of another service, by relative path',
    rule: 'services-are-islands',
    path: `${execution}/application/planted-type.ts`,
    text: `import type { Target } from '${other}';\nexport type Z = Target;\n`,
  },
  {
    what: 'another service, by package name',
    rule: 'services-are-islands',
    path: `${execution}/application/planted-package.ts`,
    text: "import * as other from '@taskflow/task-management';\nexport const z: unknown = other;\n",
  },
  {
    what: 'an inline import() type of another service',
    rule: 'services-are-islands',
    path: `${execution}/application/planted-import-type.ts`,
    text: `export type Z = import('${other}').Target;\n`,
  },
  {
    what: 'a dynamic import() of another service',
    rule: 'services-are-islands',
    path: `${execution}/application/planted-dynamic.ts`,
    text: `export const z = (): Promise<unknown> => import('${other}');\n`,
  },
  {
    what: 'a path deep inside another package',
    rule: 'no-unresolvable',
    path: `${execution}/application/planted-deep.ts`,
    text: "import type { Target } from '@taskflow/task-management/src/domain/planted-target.ts';\nexport type Z = Target;\n",
  },
  {
    what: 'a re-export of another service',
    rule: 'services-are-islands',
    path: `${execution}/api/planted-re-export.ts`,
    text: `export { target } from '${other}';\n`,
  },
  {
    what: 'a service that knows its host',
    rule: 'services-see-kit-and-contracts',
    path: `${execution}/api/planted-host.ts`,
    text: "import * as host from '@taskflow/platform';\nexport const z: unknown = host;\n",
  },
  {
    what: 'domain → a Node module',
    rule: 'domain-is-pure',
    path: `${execution}/domain/planted-node.ts`,
    text: "import { randomUUID } from 'node:crypto';\nexport const z: () => string = randomUUID;\n",
  },
  {
    what: 'domain → a type of a package',
    rule: 'domain-is-pure',
    path: `${execution}/domain/planted-package.ts`,
    text: "import type { ZodType } from 'zod';\nexport type Z = ZodType;\n",
  },
  {
    what: 'domain → application',
    rule: 'domain-is-pure',
    path: `${execution}/domain/planted-application.ts`,
    text: "import type { Target } from '../application/planted-target.ts';\nexport type Z = Target;\n",
  },
  {
    what: 'domain → kit',
    rule: 'domain-is-pure',
    path: `${execution}/domain/planted-kit.ts`,
    text: "import type { EventBus } from '@taskflow/kit-messaging';\nexport type Z = EventBus;\n",
  },
  {
    what: 'domain → contracts',
    rule: 'domain-is-pure',
    path: `${execution}/domain/planted-contract.ts`,
    text: "import type { TaskCreated } from '@taskflow/contracts-task-management';\nexport type Z = TaskCreated;\n",
  },
  {
    what: 'the domain of the service that new ones are copied from → kit',
    rule: 'domain-is-pure',
    path: 'examples/services/task-counts/src/domain/planted-kit.ts',
    text: "import type { EventBus } from '@taskflow/kit-messaging';\nexport type Z = EventBus;\n",
  },
  {
    what: 'application → infrastructure',
    rule: 'application-sees-domain-contracts-kit',
    path: `${execution}/application/planted-adapter.ts`,
    text: "import { target } from '../infrastructure/planted-target.ts';\nexport const z = target;\n",
  },
  {
    what: 'application → a package',
    rule: 'application-sees-domain-contracts-kit',
    path: `${execution}/application/planted-npm.ts`,
    text: "import type { WebSocket } from 'ws';\nexport type Z = WebSocket;\n",
  },
  {
    what: 'application → api',
    rule: 'application-sees-domain-contracts-kit',
    path: `${execution}/application/planted-api.ts`,
    text: "import { target } from '../api/planted-target.ts';\nexport const z = target;\n",
  },
  {
    what: 'api → infrastructure',
    rule: 'api-does-not-touch-infrastructure',
    path: `${execution}/api/planted-adapter.ts`,
    text: "import { target } from '../infrastructure/planted-target.ts';\nexport const z = target;\n",
  },
  {
    what: 'infrastructure → api',
    rule: 'infrastructure-does-not-touch-api',
    path: `${execution}/infrastructure/planted-api.ts`,
    text: "import { target } from '../api/planted-target.ts';\nexport const z = target;\n",
  },
  {
    what: 'an adapter chosen outside composition.ts',
    rule: 'only-composition-joins-layers',
    path: `${execution}/planted-composition.ts`,
    text: "import { target } from './infrastructure/planted-target.ts';\nexport const z = target;\n",
  },
  {
    what: 'a host that reaches into a service',
    rule: 'services-open-one-door',
    path: 'apps/platform/src/planted-door.ts',
    text: "import { target } from '../../../services/task-execution/src/infrastructure/planted-target.ts';\nexport const z = target;\n",
  },
  {
    what: 'a client that imports a service',
    rule: 'only-hosts-import-services',
    path: 'clients/cli/src/planted-service.ts',
    text: "import * as service from '../../../services/task-execution/src/index.ts';\nexport const z: unknown = service;\n",
  },
  {
    what: 'contract → service',
    rule: 'contracts-are-leaves',
    path: 'contracts/task-management/events/v1/planted-service.ts',
    text: "import type { Target } from '../../../../services/task-management/src/domain/planted-target.ts';\nexport type Z = Target;\n",
  },
  {
    what: 'contract → kit',
    rule: 'contracts-are-leaves',
    path: 'contracts/task-management/events/v1/planted-kit.ts',
    text: "import type { Clock } from '@taskflow/kit-time';\nexport type Z = Clock;\n",
  },
  {
    what: 'contract of an example → kit',
    rule: 'contracts-are-leaves',
    path: 'examples/contracts/task-counts/planted-kit.ts',
    text: "import type { Clock } from '@taskflow/kit-time';\nexport type Z = Clock;\n",
  },
  {
    what: 'kit → contract',
    rule: 'kit-knows-no-business',
    path: 'kit/messaging/src/planted-contract.ts',
    text: "import type { TaskCreated } from '@taskflow/contracts-task-management';\nexport type Z = TaskCreated;\n",
  },
  {
    what: 'SDK → kit',
    rule: 'sdk-needs-contracts-alone',
    path: 'clients/sdk/src/planted-kit.ts',
    text: "import type { Clock } from '@taskflow/kit-time';\nexport type Z = Clock;\n",
  },
  {
    what: 'SDK definitions → client',
    rule: 'sdk-definitions-and-api-need-no-process',
    path: 'clients/sdk/src/definitions/planted-client.ts',
    text: "import type { TaskFlow } from '../client/create-taskflow.ts';\nexport type Z = TaskFlow;\n",
  },
  {
    what: 'SDK api → worker',
    rule: 'sdk-definitions-and-api-need-no-process',
    path: 'clients/sdk/src/api/planted-worker.ts',
    text: "import type { Worker } from '../worker/create-worker.ts';\nexport type Z = Worker;\n",
  },
  {
    what: 'SDK worker → client',
    rule: 'sdk-worker-needs-no-client',
    path: 'clients/sdk/src/worker/planted-client.ts',
    text: "import type { TaskFlow } from '../client/create-taskflow.ts';\nexport type Z = TaskFlow;\n",
  },
  {
    what: 'SDK → platform',
    rule: 'nothing-below-imports-apps',
    path: 'clients/sdk/src/planted-platform.ts',
    text: "import * as platform from '@taskflow/platform';\nexport const z: unknown = platform;\n",
  },
  {
    what: 'production code → the test kit',
    rule: 'tests-stay-outside',
    path: 'kit/messaging/src/planted-test-kit.ts',
    text: "import * as testing from '@taskflow/kit-testing';\nexport const z: unknown = testing;\n",
  },
  {
    what: 'production code → a test',
    rule: 'tests-stay-outside',
    path: 'kit/time/src/planted-test.ts',
    text: "import { target } from './planted-target.test.ts';\nexport const z = target;\n",
  },
  {
    what: 'a cycle of values',
    rule: 'no-circular',
    path: `${execution}/domain/planted-cycle.ts`,
    text: "import { back } from './planted-cycle-back.ts';\nexport const forth = (): unknown => back;\n",
  },
  {
    what: 'a cycle closed by a type',
    rule: 'no-circular',
    path: `${execution}/domain/planted-type-cycle.ts`,
    text: "import { back } from './planted-type-cycle-back.ts';\nexport type Forth = string;\nexport const z: unknown = back;\n",
  },
  {
    what: 'an import of a file that is not there',
    rule: 'no-unresolvable',
    path: `${execution}/domain/planted-nowhere.ts`,
    text: "import { nothing } from './nowhere.ts';\nexport const z: unknown = nothing;\n",
  },
];
