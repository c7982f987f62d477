export { answering, type HealthReport, troublesOf } from './health.ts';
export { problemOfJson } from './json-problem.ts';
export { notAvailable } from './not-found.ts';
export { decodeCursor, encodeCursor } from './page-cursor.ts';
export { Problem, type ProblemDetail, type ProblemOptions } from './problem.ts';
export {
  type DependencyHealth,
  type Health,
  type HttpAnswer,
  type HttpModule,
  type HttpRequest,
  type Method,
  type Route,
  route,
  type SocketRequest,
  type SocketRoute,
  type TypedRoute,
  type UnavailableRoute,
} from './route.ts';
export { createHttpServer, type HttpServer, type HttpServerOptions } from './server.ts';
