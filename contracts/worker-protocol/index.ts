export * from './v1/messages.ts';
export * from './v1/frames.ts';
export * as workerHttp from './v1/http.ts';
