export { jsonPointer } from './json-pointer.ts';
export { type JsonRefusal, type JsonRefusalCode, problemOfJson } from './json-refusal.ts';
export { defaultJsonLimits, type JsonLimits } from './json-scanner.ts';
export { notAvailable } from './not-found.ts';
export { Problem, type ProblemDetail, type ProblemOptions } from './problem.ts';
export {
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
export { type JsonResult, parseStrictJson } from './strict-json.ts';
