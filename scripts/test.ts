// `npm test [-- <part of a path> …]`: every test of the repository, or those whose path holds one of the parts.

import { discoverTests } from './test/discover.ts';
import { createReport } from './test/report.ts';
import { runStage } from './test/run-stage.ts';
import { withTestServer } from './test/test-server.ts';

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());

const stages = discoverTests(process.argv.slice(2));
const report = createReport();

await withTestServer(
  stages.some((stage) => stage.needsServer && stage.files.length > 0),
  async () => {
    for (const stage of stages) await runStage(stage, { report, signal: interrupted.signal });
  },
);

report.end();
process.exit(interrupted.signal.aborted ? 130 : report.succeeded() ? 0 : 1);
