import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory of this test alone. Open to every user, because the database server gives up root before it starts. */
export async function temporaryDirectory(label: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), `taskflow-${label}-`));
  await chmod(directory, 0o755);
  return directory;
}

export const removeDirectory = (directory: string) => rm(directory, { recursive: true, force: true, maxRetries: 5 });
