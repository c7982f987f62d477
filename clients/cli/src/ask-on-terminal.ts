import { createInterface } from 'node:readline/promises';

/** Asks on stderr, which stays free of data, and gives the line typed; Ctrl-C and Ctrl-D are an empty one. */
export async function askOnTerminal(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  try {
    return await Promise.race([lines.question(question), closed]);
  } finally {
    lines.close();
  }
}
