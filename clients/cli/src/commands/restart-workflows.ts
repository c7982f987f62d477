import type { http } from '@taskflow/contracts-task-management';
import type { CommandContext } from '../command-context.ts';
import { InterruptedError, PartlyRefusedError, UsageError } from '../exit-code.ts';
import type { Line } from '../terminal.ts';
import { definitionName } from './workflows.ts';

export interface RestartOptions {
  readonly status: string;
  readonly name?: string;
  readonly definitionVersion?: number;
  readonly createdAfter?: string;
  readonly createdBefore?: string;
  readonly latest?: boolean;
  readonly limit?: number;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

type RestartResult = http.workflows.RestartResultBody;

/**
 * Restarts the workflows that the options find. More than one of them are restarted only when `--yes` says so or the
 * person at the terminal does: a filter finds more than its writer had in mind sooner or later.
 */
export async function restartWorkflows(context: CommandContext, options: RestartOptions): Promise<void> {
  const { terminal } = context;
  if (options.dryRun === true) return show(context, await restart(context, options, true));
  if (options.yes !== true) {
    const found = await restart(context, options, true);
    if (found.matched === 0) return show(context, found);
    if (found.matched > 1) await confirm(context, found);
  }
  const result = await restart(context, options, false);
  show(context, result);
  const { refused = [], restarted = 0 } = result;
  for (const { id, code, detail } of refused) terminal.note(`${id}  ${code}: ${detail}`);
  const refusals = result.matched - restarted;
  if (refusals > 0) throw new PartlyRefusedError(`${refusals} of ${result.matched} were refused`);
}

async function confirm({ ask, terminal }: CommandContext, found: RestartResult): Promise<void> {
  const count = `${found.more === true ? 'at least ' : ''}${found.matched} workflows match`;
  if (ask === undefined) throw new UsageError(`${count}: --dry-run shows them, --yes restarts them`);
  for (const { id, name, version, status } of found.sample) {
    terminal.row([`${id}  ${definitionName({ name, version })}  `, terminal.status(status)]);
  }
  const answer = await ask(`${count}. Restart them? [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim())) throw new InterruptedError('nothing was restarted');
}

function restart({ api }: CommandContext, options: RestartOptions, dryRun: boolean): Promise<RestartResult> {
  const { status, name, definitionVersion: version, createdAfter, createdBefore, latest, limit } = options;
  const body = {
    filter: { status, name, version, createdAfter, createdBefore },
    ...(latest === true && { version: 'latest' }),
    ...(dryRun && { dryRun }),
    limit,
  };
  return api.request<RestartResult>({ method: 'POST', path: '/api/v1/workflows/restart', body });
}

function show({ terminal }: CommandContext, result: RestartResult): void {
  const { matched, more, restarted, sample } = result;
  const lines: [string, Line][] = [['matched', `${matched}${more === true ? ' or more' : ''}`]];
  if (restarted !== undefined) lines.push(['restarted', String(restarted)]);
  for (const { id, name, version, status } of sample) {
    lines.push([`  ${definitionName({ name, version })}`, [`${id}  `, terminal.status(status)]]);
  }
  terminal.one(result, lines, sample.map(({ id }) => id).join('\n'));
  if (more === true) terminal.note('more match than one call restarts');
}
