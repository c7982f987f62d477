import { eventsReference } from './events-reference.ts';
import type { GeneratedFile } from './generated-file.ts';
import { openApiReference, settingsReference } from './generated-files.ts';
import { httpReference } from './http-reference.ts';
import { metricsReference } from './metrics-reference.ts';
import { workerProtocolReference } from './worker-protocol-reference.ts';

/** Pages of docs/reference/ that are made from the code; verify refuses a stale one. */
export const allReferences: readonly GeneratedFile[] = [
  settingsReference,
  openApiReference,
  httpReference,
  eventsReference,
  workerProtocolReference,
  metricsReference,
];
