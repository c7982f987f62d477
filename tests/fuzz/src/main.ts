// `node tests/fuzz/src/main.ts [--requests 20000] [--connections 0] [--seed 1] [--again 0] [--url
// http://127.0.0.1:7400]`: without a URL against a platform of its own. The slowest requests are sent alone `--again` times,
// with their bodies shown. Ends with 1 when something was found.

import { parseArgs } from 'node:util';
import { startPlatform } from '@taskflow/tests-e2e';
import { fuzzApi } from './fuzz-api.ts';
import { fuzzWorkers, workersText } from './fuzz-workers.ts';
import { againText, reportText, requestText, slowText } from './print-report.ts';
import { sendAgain } from './slowest.ts';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '20000' },
    connections: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    again: { type: 'string', default: '0' },
    url: { type: 'string' },
  },
});
const platform = values.url === undefined ? await startPlatform() : undefined;
const url = values.url ?? platform?.url ?? '';
const seed = Number(values.seed);
try {
  const report = await fuzzApi({ url, seed, requests: Number(values.requests) });
  console.log(reportText(seed, report));
  for (const timed of Number(values.again) > 0 ? report.slowest : []) {
    const took = await sendAgain(url, timed.request, Number(values.again));
    console.log(`${slowText(seed, timed)}\n  ${againText(took)}\n${requestText(timed.request)}`);
  }
  const connections = Number(values.connections);
  const workers = await fuzzWorkers({ url, seed, connections, meanwhile: async () => {} });
  if (connections > 0) console.log(workersText(seed, workers));
  if (report.findings.length + workers.findings.length > 0) process.exitCode = 1;
} finally {
  if (process.exitCode === 1) console.log(platform?.child.stderr().slice(-10_000) ?? '');
  await platform?.remove();
}
