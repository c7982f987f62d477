import type { Command } from 'commander';
import type { CommandContext } from './command-context.ts';
import { UsageError } from './exit-code.ts';
import { parseCount } from './option-values.ts';

export type ContextOf = (command: Command) => CommandContext;

export function withId(parent: Command, verb: string, run: (command: Command, id: string) => Promise<void>): void {
  parent
    .command(verb)
    .argument('<id>')
    .action((id: string, _options: object, command: Command) => run(command, id));
}

export function paged(command: Command): Command {
  return command.option('--limit <n>', 'most items', parseCount).option('--cursor <cursor>', 'from an earlier answer');
}

/** Refuses by name what is named in the API and not there yet. */
export function addRefusal(parent: Command, name: string): void {
  parent
    .command(name, { hidden: true })
    .argument('[anything...]')
    .allowUnknownOption()
    .helpOption(false)
    .action(() => {
      throw new UsageError(`${parent.name() === 'taskflow' ? '' : `${parent.name()} `}${name} is not available yet`);
    });
}
