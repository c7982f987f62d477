import { answering, type HttpModule, type Route, type SocketRoute, troublesOf } from '@taskflow/kit-http';
import { createDerivedMemory, createLifecycle, type Incarnation, type Service } from '@taskflow/kit-lifecycle';

/** A service as its host sees it. */
export interface HostedService extends Service {
  readonly http: HttpModule;
  /** Most connections to its database that it opens together. */
  readonly connections: number;
}

/** What others see of a service. */
export interface ServiceSurface {
  readonly routes: readonly Route[];
  readonly sockets?: readonly SocketRoute[];
}

/** What is a service's own business, as its host and its database have to know of it. */
export interface ServiceParts extends ServiceSurface {
  /** What requests need, in the order of their start, such as writers: while one is in trouble, the service is not ready. */
  readonly required?: readonly Service[];
  /** What runs besides, in the order of its start, such as loops: started last and stopped first; its trouble blocks nobody. */
  readonly background?: readonly Service[];
  /** What has trouble to tell of, and neither start nor stop. */
  readonly watched?: readonly Pick<Service, 'name' | 'trouble'>[];
  /**
   * Drops what memory derived from the database, when it has begun another run, before anybody works with it. Must not
   * await. Needed by whoever remembers anything of what is stored.
   */
  forget?(): void;
}

export interface Hosting {
  readonly name: string;
  /** Brings the database to its state; runs before anything is opened. */
  migrate(): Promise<void>;
  readonly pools: readonly Service[];
  readonly connections: number;
  readonly incarnation: Incarnation;
  readonly pruning: Service;
  /** Asks the database for anything. */
  ask(): Promise<unknown>;
  /** Nothing new is begun from now on. */
  close(): void;
}

/**
 * Starts in the order: migrations, memory, pools, required parts, background parts, pruning; and stops in reverse, after
 * nothing new is begun any more. Memory comes first, so that it is told of every run of the server that the others meet.
 */
export function createHostedService(hosting: Hosting, business: ServiceParts): HostedService {
  const { name, migrate, pools, connections, incarnation, pruning, close } = hosting;
  const { required = [], background = [], forget } = business;
  const memory = forget ? [createDerivedMemory(incarnation, forget)] : [];
  const closing = createLifecycle({ name: 'closing', stop: close });
  const parts = [...memory, ...pools, ...required, ...background, pruning, closing];
  const lifecycle = createLifecycle({ name, start: migrate, parts });
  return { ...lifecycle, connections, http: createHttpModule(hosting, business) };
}

function createHttpModule({ name, pruning, ask }: Hosting, business: ServiceParts): HttpModule {
  const { routes, sockets, required = [], background = [], watched = [] } = business;
  return {
    name,
    routes,
    ...(sockets && { sockets }),
    health: async () => ({
      database: await answering(ask),
      ...troublesOf(required),
      ...troublesOf([...background, pruning, ...watched], { blocking: false }),
    }),
  };
}
