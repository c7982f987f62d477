/** For each house rule, small trees that break it and small trees that keep it. */
interface Samples {
  readonly broken: readonly Readonly<Record<string, string>>[];
  readonly sound: readonly Readonly<Record<string, string>>[];
}

const domain = 'services/billing/src/domain/bill.ts';
const application = 'services/billing/src/application/pay-bill.ts';
const test = 'kit/http/src/server.test.ts';
const query = 'services/billing/src/infrastructure/postgres/queries/find-bill.sql';
const header = '-- Finds one bill by its number.\n-- Parameters: $1 tenant, $2 number. Result: the bill.\n';

const glossary = {
  'GLOSSARY.md': `| **bill** | what is to be paid | [\`Bill\`](${domain}) | \`invoice\`, \`pay-back\` |`,
};

/** Samples that a rule about words would find in this very file are put together from parts. */
const word = (...parts: string[]): string => parts.join('');

const service = (files: Readonly<Record<string, string>>): Record<string, string> => ({
  'services/billing/package.json': '{}',
  'services/billing/README.md': '# Billing',
  'services/billing/migrations/0001_bills.sql': '',
  'services/billing/src/index.ts': '',
  'services/billing/src/composition.ts': '',
  'services/billing/src/domain/bill.ts': '',
  'services/billing/src/application/pay-bill.ts': '',
  'services/billing/src/infrastructure/bills.ts': '',
  'services/billing/src/api/bill-routes.ts': '',
  ...files,
});

/** A service with everything that all of them have, and what else is given; `undefined` takes a file away. */
const sibling = (files: Readonly<Record<string, string | undefined>> = {}): Record<string, string> => {
  const all: Record<string, string | undefined> = {
    'src/start-and-stop.int.test.ts': '',
    'src/api/tenant.ts': "export const defaultTenant = '0';",
    'src/application/bounds.ts': 'export type GivenBounds = object;\nexport function boundsOf(given: GivenBounds) {}',
    'src/application/events/bill-events.ts': "export const paid = 'taskflow.bill.paid.v1';",
    'src/application/ports/bill-store.ts': 'export interface BillStore {}',
    'src/application/queries/get-bill.ts': '',
    'src/infrastructure/postgres/bill-store.ts': 'export function createBillStore() {}',
    'src/infrastructure/postgres/plan-shape.int.test.ts': '',
    'src/infrastructure/postgres/queries/find-bill.sql': '',
    'src/infrastructure/postgres/statements.ts': '',
    'src/infrastructure/telemetry/bill-gauges.ts': '',
    'testing/service-harness.ts': 'export async function startHarness() {}',
    ...files,
  };
  return Object.fromEntries(
    Object.entries(all).flatMap(([path, text]) => (text === undefined ? [] : [[`services/billing/${path}`, text]])),
  );
};

const packageJson = (dependencies: Readonly<Record<string, string>>): string => JSON.stringify({ dependencies });
const lockfile = (dependencies: Readonly<Record<string, string>>): string =>
  JSON.stringify({ packages: { '': { dependencies } } });

export const samples: Readonly<Record<string, Samples>> = {
  'clock-ids-and-chance-are-injected': {
    broken: [
      { [domain]: 'export const paidAt = Date.now();' },
      { [domain]: 'export const paidAt = new Date();' },
      { [application]: 'export const chance = () => Math.random();' },
      { [application]: "import { randomUUID } from 'node:crypto';\nexport const id = randomUUID();" },
      { [application]: 'export const id = crypto.randomUUID();' },
      { [application]: "import { systemClock } from '@taskflow/kit-time';\nexport const at = systemClock;" },
      { [application]: 'export const later = () => setTimeout(() => {}, 1);' },
    ],
    sound: [
      {
        [domain]: '// Date.now() is not for this layer\nexport const at = (ms: number) => new Date(ms).toISOString();',
      },
      { 'services/billing/src/infrastructure/bills.ts': 'export const begin = performance.now();' },
    ],
  },
  'domain-nouns-have-entries': {
    broken: [
      { ...glossary, [domain]: 'export interface Receipt {}' },
      { ...glossary, [domain]: 'export class BillReceipt {}' },
      { ...glossary, [domain]: 'export type ReceiptState = 1;' },
      { ...glossary, [domain]: 'export type ReceiptOfBill = 1;' },
      { ...glossary, [domain]: 'export type State = 1;' },
      { ...glossary, 'contracts/billing/events.ts': 'export type ReceiptSent = 1;' },
    ],
    sound: [
      { ...glossary, [domain]: 'export interface Bill {}\nexport class UnpaidBills {}\ninterface Receipt {}' },
      { ...glossary, [domain]: 'export type BillState = 1;\nexport type BillToPay = 1;\nexport const receipt = 1;' },
      { ...glossary, [application]: 'export interface Receipt {}' },
      { ...glossary, 'contracts/billing/events.ts': 'export type BillSent = 1;\nexport type PayBillRequest = 1;' },
      { [domain]: 'export interface Receipt {}' },
    ],
  },
  'entry-points-name-their-exports': {
    broken: [{ 'kit/http/src/index.ts': "export * from './server.ts';" }],
    sound: [{ 'kit/http/src/index.ts': "export { createHttpServer } from './server.ts';" }],
  },
  'environment-read-in-config': {
    broken: [
      { 'services/billing/src/composition.ts': 'export const url = process.env.DATABASE_URL;' },
      { 'apps/platform/src/main.ts': 'const { HOME } = process.env;' },
    ],
    sound: [
      { 'kit/config/src/process-environment.ts': 'export const processEnv = () => process.env;' },
      { 'apps/platform/src/main.ts': '// not process.env\nexport const cores = process.arch;' },
    ],
  },
  'factories-are-named-alike': {
    broken: [
      { [application]: 'export function payBill({ store }: PayBillDependencies) {\n  return () => store;\n}' },
      { 'kit/http/src/server.ts': "export function serve(given: Pick<ServerDependencies, 'clock'>) {}" },
    ],
    sound: [
      { [application]: 'export function createPayBill({ store }: PayBillDependencies) {\n  return () => store;\n}' },
      { [application]: 'export function handBack(deps: HandBackDependencies, bills: readonly Bill[]) {}' },
      { [application]: 'function open(deps: PayBillDependencies) {}' },
    ],
  },
  'file-names-say-responsibility': {
    broken: [
      { 'kit/http/src/utils.ts': '' },
      { 'kit/http/src/string-helpers.ts': '' },
      { 'services/billing/src/domain/types.ts': '' },
      { 'kit/common/src/log.ts': '' },
      { 'kit/http/src/HttpServer.ts': '' },
    ],
    sound: [{ 'kit/http/src/http-server.ts': '', 'services/billing/migrations/0001_bills.sql': '' }],
  },
  'files-stay-short': {
    broken: [{ 'kit/http/src/server.ts': '\n'.repeat(501) }],
    sound: [{ 'kit/http/src/server.ts': '\n'.repeat(500), 'kit/http/src/names.generated.ts': '\n'.repeat(900) }],
  },
  'imports-stay-inside-the-package': {
    broken: [
      { 'kit/http/src/server.ts': "import { systemClock } from '../../time/src/index.ts';" },
      { 'clients/sdk/src/client.ts': "export type T = import('../../../contracts/a/index.ts').T;" },
    ],
    sound: [{ 'kit/http/src/routes/task.ts': "import { server } from '../server.ts';\nimport '@taskflow/kit-time';" }],
  },
  'kit-has-no-business-word': {
    broken: [
      { 'kit/messaging/src/event.ts': 'export interface TaskEvent {}' },
      { 'kit/postgres/src/lease.ts': 'export function renewLease() {}' },
      { 'kit/time/src/cron.ts': 'const plan = 1;\nexport { plan as schedule };' },
      { 'kit/time/src/index.ts': "export { type Workflow } from './workflow.ts';" },
    ],
    sound: [
      { 'kit/http/src/server.ts': 'const task = 1;\nexport const releaseAll = () => task;' },
      { 'services/billing/src/domain/task.ts': 'export interface Task {}' },
    ],
  },
  'lockfile-agrees-with-packages': {
    broken: [
      { 'package-lock.json': lockfile({ a: '^1.0.0' }), 'package.json': packageJson({ a: '^1.1.0' }) },
      { 'package-lock.json': lockfile({}), 'package.json': packageJson({ a: '^1.0.0' }) },
      { 'package-lock.json': lockfile({}), 'package.json': packageJson({}), 'kit/http/package.json': packageJson({}) },
    ],
    sound: [{ 'package-lock.json': lockfile({ a: '^1.0.0' }), 'package.json': packageJson({ a: '^1.0.0' }) }],
  },
  'lockfile-holds-no-addresses': {
    broken: [{ 'package-lock.json': '{\n "resolved": "https://packages.example/a.tgz"\n}' }],
    sound: [{ 'package-lock.json': '{\n "resolved": "kit/http"\n}' }],
  },
  'members-hide-by-name': {
    broken: [
      { 'kit/http/src/server.ts': 'export class Server { private readonly port = 1; }' },
      { 'kit/http/src/server.ts': 'export class Server { private get open() { return true; } }' },
      { [domain]: 'export class Bill { protected pay(): void {} }' },
      { [domain]: 'export class Bill { constructor(private readonly sum: number) {} }' },
    ],
    sound: [{ [domain]: "export class Bill { #sum = 1; private constructor() {} }\nexport const kind = 'private';" }],
  },
  'nothing-is-left-unfinished': {
    broken: [
      { 'kit/http/src/server.ts': word('// TO', 'DO answer') },
      { 'README.md': word('Search is not yet imple', 'mented.') },
      { [query]: word('-- FIX', 'ME: slow') },
    ],
    sound: [{ 'kit/http/src/server.ts': '// answers with not_available', 'docs/a.md': 'Todos are listed.' }],
  },
  'nothing-is-suppressed': {
    broken: [
      { 'kit/http/src/server.ts': word('// @ts-', 'ignore\nexport const a = 1;') },
      { 'kit/http/src/server.ts': word('// oxlint-', 'disable-next-line') },
      { 'kit/http/src/server.ts': word('// biome-', 'ignore format: mine') },
    ],
    sound: [{ 'kit/http/src/server.ts': 'export const a = (anything: unknown) => anything;' }],
  },
  'nothing-points-outside': {
    broken: [
      { 'README.md': word('Look into /ho', 'me/ann/notes.') },
      { 'kit/http/src/server.ts': word('// see .', './shared/design') },
      { '.npmrc': word('registry=https://registry.npm', 'js.org') },
    ],
    sound: [{ 'README.md': 'Data lies in `.taskflow/`, tasks under /api/v1/tasks.' }],
  },
  'one-word-per-thing': {
    broken: [
      { ...glossary, [domain]: 'export function sendInvoice() {}' },
      { ...glossary, [domain]: 'export class Invoices {}' },
      { ...glossary, [domain]: 'export type Sent = { readonly lastInvoice: string };' },
      { ...glossary, [domain]: "export type Sent = 'unpaid-invoice';" },
      { ...glossary, [domain]: 'export const pay = (invoice: string) => invoice;' },
      { ...glossary, [domain]: 'export const { invoice } = { invoice: 1 };' },
      { ...glossary, [domain]: 'export class Sent { #invoices = 1; get invoiceCount() { return 1; } }' },
      { ...glossary, [domain]: 'export interface Sent { payBack(): void }' },
      { ...glossary, 'services/billing/src/domain/invoice.ts': '' },
      { ...glossary, [query]: `${header}SELECT id AS invoice_id FROM bills;` },
    ],
    sound: [
      { ...glossary, [domain]: "// an invoice\nexport const bill = 'invoice';\nexport const voice = bill;" },
      { ...glossary, [domain]: 'export const back = (pay: number) => pay;' },
      { ...glossary, [query]: `-- An invoice\nSELECT 'invoice' FROM bills;` },
      { ...glossary, 'services/billing/migrations/0001_bills.sql': 'CREATE TABLE invoices ();' },
      { [domain]: 'export const invoice = 1;' },
    ],
  },
  'own-unions-have-kinds': {
    broken: [
      {
        [domain]: "export type Payment = { readonly type: 'cash' } | { readonly type: 'card'; readonly last: string };",
      },
      { [domain]: "export interface Paid { readonly type: 'cash' | 'card' }" },
      { 'kit/http/src/route.ts': "type CashOf<T> = Extract<T, { type: 'cash' }>;" },
    ],
    sound: [
      { [domain]: "export type Payment = { readonly kind: 'cash' };\nexport interface Bill { readonly type: string }" },
      { 'contracts/billing/events/v1/index.ts': "export interface Paid { readonly type: 'taskflow.bill.paid.v1' }" },
    ],
  },
  'refusals-are-values': {
    broken: [{ [domain]: "export const pay = () => { throw new Error('already paid'); };" }],
    sound: [
      { [domain]: "export const pay = () => ({ refused: 'already_paid' });" },
      { 'services/billing/src/infrastructure/bills.ts': "export const f = () => { throw new Error('lost'); };" },
    ],
  },
  'services-share-one-skeleton': {
    broken: [
      service({ 'services/billing/src/tools/sum.ts': '' }),
      Object.fromEntries(Object.entries(service({})).filter(([path]) => !path.includes('/domain/'))),
      Object.fromEntries(Object.entries(service({})).filter(([path]) => !path.endsWith('README.md'))),
      Object.fromEntries(
        Object.keys(service({ 'services/billing/src/sum.ts': '' })).map((path) => [`examples/${path}`, '']),
      ),
    ],
    sound: [service({ 'services/billing/src/settings.ts': '', 'services/billing/src/composition.int.test.ts': '' })],
  },
  'siblings-look-alike': {
    broken: [
      sibling({ 'src/application/bounds.ts': undefined }),
      sibling({ 'src/infrastructure/postgres/plan-shape.int.test.ts': undefined }),
      sibling({ 'testing/service-harness.ts': undefined }),
      sibling({ 'src/application/queries/get-bill.ts': undefined }),
      sibling({ 'src/application/bill-record.ts': '' }),
      sibling({ 'src/infrastructure/sha256.ts': '' }),
      sibling({ 'src/infrastructure/postgres/bill-store.postgres.ts': '' }),
      sibling({ 'src/infrastructure/postgres/work-rows.ts': '' }),
      sibling({ 'src/application/ports/customer-store.ts': '' }),
      sibling({ 'src/infrastructure/postgres/customer-store.ts': '' }),
      sibling({ 'src/application/ports/bill-meter.ts': '' }),
      sibling({ 'src/infrastructure/telemetry/meters.ts': '' }),
      sibling({ 'src/api/ordering-events.ts': '' }),
      sibling({ 'src/application/reactions/follow-orders.ts': '' }),
      sibling({ 'src/application/events/bills.ts': '' }),
    ],
    sound: [
      sibling(),
      sibling({
        'src/application/invoicing/print-bill.ts': '',
        'src/application/ports/digest.ts': '',
        'src/infrastructure/crypto/sha256.ts': '',
        'src/infrastructure/postgres/bill-loading.ts': '',
        'src/infrastructure/postgres/parameters.ts': '',
        'src/infrastructure/postgres/row-mapping.ts': '',
        'src/infrastructure/postgres/statements.generated.ts': '',
        'src/application/ports/bill-meter.ts': '',
        'src/infrastructure/telemetry/bill-meter.ts': '',
        'src/api/ordering-events.ts': '',
        'src/application/reactions/apply-ordering-events.ts': '',
      }),
    ],
  },
  'siblings-name-alike': {
    broken: [
      sibling({ 'src/application/bounds.ts': 'export const billingBounds = {};\nexport type GivenBounds = object;' }),
      sibling({
        'src/application/bounds.ts':
          'export interface Bounds { readonly maxRows: number }\nexport type GivenBounds = Bounds;\nexport const boundsOf = 1;',
      }),
      sibling({ 'src/application/ports/bill-store.ts': 'export interface Bills {}' }),
      sibling({ 'src/infrastructure/postgres/bill-store.ts': 'export function createStore() {}' }),
      sibling({ 'src/infrastructure/telemetry/bill-meter.ts': 'export function createMeters() {}' }),
      sibling({ 'src/api/ordering-events.ts': 'export const consumedTypes = [];\nexport function received() {}' }),
      sibling({ 'src/application/reactions/apply-ordering-events.ts': 'export function createFollowOrders() {}' }),
      sibling({ 'src/api/unpaid-bill-routes.ts': 'export function routes() {}' }),
      sibling({ 'src/api/tenant.ts': 'export const tenant = 1;' }),
      sibling({ 'testing/service-harness.ts': 'export function openService() {}' }),
      sibling({ 'src/application/commands/pay-bill.ts': "export const paid = 'taskflow.bill.paid.v1';" }),
    ],
    sound: [
      sibling(),
      sibling({
        'src/api/ordering-events.ts':
          "export const consumedTypes = ['taskflow.order.placed.v1'];\nexport function translateEvent() {}",
        'src/api/unpaid-bill-routes.ts': 'export function unpaidBillRoutes() {}',
        'src/application/reactions/apply-ordering-events.ts': 'export function createApplyOrderingEvents() {}',
        'src/api/pay.test.ts': "const paid = 'taskflow.bill.paid.v1';",
      }),
    ],
  },
  'sql-files-are-used': {
    broken: [
      { [query]: 'SELECT 1', 'services/billing/src/infrastructure/bills.ts': "load('find-bills');" },
      { [query]: 'SELECT 1', 'services/other/src/infrastructure/bills.ts': "load('find-bill');" },
      { [query]: 'SELECT 1', 'services/billing/src/statements.generated.ts': "export const all = { 'find-bill': 1 };" },
    ],
    sound: [
      { [query]: 'SELECT 1', 'services/billing/src/infrastructure/bills.ts': "load(['find-bill']);" },
      { 'services/billing/migrations/0001_bills.sql': 'CREATE TABLE bills ()' },
    ],
  },
  'sql-files-hold-one-headed-statement': {
    broken: [
      { [query]: 'SELECT 1' },
      { [query]: '-- Short.\nSELECT 1' },
      { [query]: `${header}SELECT 1; SELECT 2` },
      { 'services/billing/migrations/0001_bills.sql': 'CREATE TABLE bills ()' },
    ],
    sound: [
      { [query]: `${header}SELECT ';' -- one; still one\n;` },
      { 'services/billing/migrations/0001_bills.sql': `${header}CREATE TABLE a (); CREATE TABLE b ()` },
    ],
  },
  'sql-only-in-sql-files': {
    broken: [
      { 'services/billing/src/infrastructure/bills.ts': "db.query('select id from bills where id = $1');" },
      { 'services/billing/src/infrastructure/bills.ts': 'db.query(`INSERT INTO bills VALUES (${id})`);' },
      { 'services/billing/src/infrastructure/bills.ts': 'db.query("update bills set paid = true");' },
      { 'kit/postgres/src/database.ts': "db.query('create table a ()');" },
    ],
    sound: [
      { 'kit/http/src/server.ts': "export const help = 'Select a task to update it, or create one.';" },
      { 'services/billing/src/bills.int.test.ts': "db.query('select count(*) from bills');" },
    ],
  },
  'sql-reads-time-through-one-function': {
    broken: [
      { [query]: 'SELECT now()' },
      { [query]: 'SELECT clock_timestamp ()' },
      { [query]: 'SELECT CURRENT_TIMESTAMP' },
      { 'services/billing/migrations/0001_bills.sql': 'CREATE TABLE a (b timestamptz DEFAULT now())' },
    ],
    sound: [
      { [query]: "-- not now()\nSELECT taskflow_now(), 'now()'" },
      { 'kit/postgres/migrations/0001_clock.sql': 'SELECT clock_timestamp()' },
    ],
  },
  'tests-all-run': {
    broken: [
      { [test]: "test.only('a', () => {});" },
      { [test]: "describe.skip('a', () => {});" },
      { [test]: "it.todo('a');" },
      { [test]: "test('a', { skip: true }, () => {});" },
      { [test]: "test('a', (t) => t.skip());" },
    ],
    sound: [{ [test]: "test('a', () => list.skip(1));\nrun({ only: true });" }],
  },
  'tests-never-sleep': {
    broken: [
      { [test]: 'await new Promise((resolve) => setTimeout(resolve, 100));' },
      { [test]: 'await sleep(100);' },
      { [test]: "import { setTimeout as pause } from 'node:timers/promises';" },
      { [test]: 'await clock.sleep(100);' },
      { [test]: "await sleep('100ms');" },
    ],
    sound: [
      { [test]: "w.sleep('nap', { for: '1d' });" },
      { [test]: "await eventually(() => done);\nstart('taskflow.sleep');", 'kit/http/src/a.ts': 'setTimeout(f, 1)' },
    ],
  },
  'the-project-speaks-of-itself': {
    broken: [
      { 'README.md': word('Made as an ', 'AI would.') },
      { 'kit/http/src/server.ts': word('// per the iss', 'ue') },
    ],
    sound: [{ 'README.md': 'Report an issue there.' }],
  },
};
