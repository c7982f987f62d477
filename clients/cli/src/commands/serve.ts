import type { CommandContext } from '../command-context.ts';
import { UsageError } from '../exit-code.ts';

export interface ServeOptions {
  readonly port?: number;
  readonly dataDir?: string;
}

export async function serve(
  _context: CommandContext,
  _options: ServeOptions,
  _globs: readonly string[] | undefined,
): Promise<void> {
  throw new UsageError('wired to the platform when that exists');
}
