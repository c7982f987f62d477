export {
  createFoundation,
  type Foundation,
  type FoundationOptions,
  type PoolRoles,
  type TryOut,
} from './foundation.ts';
export type { HostedService, ServiceParts, ServiceSurface } from './hosted-service.ts';
export type { EmittingTransaction } from './emitting-transaction.ts';
export { serviceMigrations } from './migrations.ts';
export type { PoolOptions } from './pools.ts';
export type { ServiceDependencies } from './service-dependencies.ts';
