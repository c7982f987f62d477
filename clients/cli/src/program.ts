import { Command, Option } from 'commander';
import { type CommandContext, createContext } from './command-context.ts';
import { type ListDeadLettersOptions, listDeadLetters } from './commands/dead-letters.ts';
import { type EmitEventOptions, emitEvent } from './commands/events.ts';
import { commandQueue, getQueue, listQueues } from './commands/queues.ts';
import type { ServeOptions } from './commands/serve.ts';
import { start, type StartOptions } from './commands/start.ts';
import { commandTask, getTask, type ListTasksOptions, listTasks } from './commands/tasks.ts';
import { watch } from './commands/watch.ts';
import { runWorker, type WorkerOptions } from './commands/worker.ts';
import { getWorker, listWorkers } from './commands/workers.ts';
import type { Environment } from './environment.ts';
import { addRefusal, type ContextOf, paged, withId } from './command-shapes.ts';
import { collect, parseCount } from './option-values.ts';
import { outputFormats, type Streams } from './terminal.ts';
import { addWorkflows } from './workflow-program.ts';

/** Named in the API and not there yet: refused by name, so that nobody takes them for misspelt. */
const notAvailableYet = ['schedules', 'webhooks', 'keys', 'explain', 'migrate', 'doctor', 'asyncapi', 'bench', 'top'];

/** The commands and their options; what they do stands in `commands/`. */
export function createProgram(streams: Streams, environment: Environment): Command {
  const program = new Command('taskflow')
    .description('Runs and watches durable tasks and workflows.')
    .addOption(new Option('--url <url>', 'the server (TASKFLOW_URL, default http://127.0.0.1:7400)'))
    .addOption(new Option('--api-key <key>', 'credentials (TASKFLOW_API_KEY)'))
    .addOption(new Option('-o, --output <format>', 'how data is printed').choices(outputFormats).default('table'))
    .showSuggestionAfterError()
    .showHelpAfterError('taskflow --help lists the commands');
  const context = (command: Command): CommandContext => createContext(command, streams, environment);

  addPlatformCommands(program, context);
  addStartAndWatch(program, context);
  addTasks(program, context);
  addWorkflows(program, context);
  addEvents(program, context);
  addQueuesAndWorkers(program, context);
  addDeadLetters(program, context);
  for (const name of notAvailableYet) addRefusal(program, name);
  return program;
}

/** The server is the heavy part of this program: commands that only talk to one do not load it. */
async function serve(
  context: CommandContext,
  options: ServeOptions,
  globs: readonly string[] | undefined,
): Promise<void> {
  const platform = await import('./commands/serve.ts');
  return platform.serve(context, options, globs);
}

function addPlatformCommands(program: Command, context: ContextOf): void {
  const platform = (name: 'dev' | 'serve', description: string): Command =>
    program
      .command(name)
      .description(description)
      .option('--port <port>', 'port to listen on', parseCount)
      .option('--data-dir <directory>', 'where the embedded database lives');
  platform('dev', 'the whole platform with a worker for the definitions in the given modules')
    .argument('[globs...]', 'modules that export definitions')
    .action((globs: string[], options: ServeOptions, command: Command) => serve(context(command), options, globs));
  platform('serve', 'the whole platform without a worker').action((options: ServeOptions, command: Command) =>
    serve(context(command), options, undefined),
  );
  program
    .command('worker')
    .description('a worker for the definitions in the given modules')
    .argument('<globs...>', 'modules that export definitions')
    .option('--queue <name>', 'serve this queue only; may be given more than once', collect)
    .option('--concurrency <n>', 'attempts at once (default 100)', parseCount)
    .option('--name <name>', 'shown in the list of workers')
    .option('--drain <duration>', 'how long handlers may finish after SIGTERM', '30s')
    .action((globs: string[], options: WorkerOptions, command: Command) => runWorker(context(command), globs, options));
}

function addStartAndWatch(program: Command, context: ContextOf): void {
  program
    .command('start')
    .description('start a workflow by its definition, or with --task a task by its type')
    .argument('<definition>')
    .option('-i, --input <json>', 'JSON, @file, or - for standard input')
    .option('--task', 'the name is a task type')
    .option('--definition-version <n>', 'version of the definition (default: the latest)', parseCount)
    .option('--priority <priority>', 'critical, high, normal, low or 0..999')
    .option('--queue <name>', 'queue of the task')
    .option('--tag <key=value>', 'tag of the task; may be given more than once', collect)
    .option('--key <key>', 'idempotency key: the same key is the same start')
    .option('--wait', 'follow it to its end and print its result')
    .option('--timeout <duration>', 'stop waiting after this long (exit code 6)')
    .action((name: string, options: StartOptions, command: Command) => start(context(command), name, options));
  program
    .command('watch')
    .description('follow a task or workflow to its end and print its result')
    .argument('<id>')
    .action((id: string, _options: object, command: Command) => watch(context(command), id));
  program
    .command('openapi')
    .description("print the server's OpenAPI document")
    .action(async (_options: object, command: Command) => {
      const { api, terminal } = context(command);
      terminal.json(await api.request({ method: 'GET', path: '/openapi.json' }));
    });
}

function addTasks(program: Command, context: ContextOf): void {
  const tasks = program.command('tasks').description('look at tasks and act on them');
  paged(tasks.command('list'))
    .option('--status <status>')
    .option('--type <type>')
    .option('--queue <name>')
    .option('--workflow <id>')
    .option('--tag <key=value>', 'may be given more than once', collect)
    .action((options: ListTasksOptions, command: Command) => listTasks(context(command), options));
  withId(tasks, 'get', (command, id) => getTask(context(command), id));
  withId(tasks, 'cancel', (command, id) => commandTask(context(command), 'cancel', id));
  withId(tasks, 'retry', (command, id) => commandTask(context(command), 'retry', id));
}

function addEvents(program: Command, context: ContextOf): void {
  program
    .command('events')
    .description('give events to the workflows that wait for them')
    .command('emit')
    .argument('<name>')
    .requiredOption('--key <key>', 'what the waiting steps wait for')
    .option('-i, --input <json>', 'the payload: JSON, @file, or - for standard input')
    .action((name: string, options: EmitEventOptions, command: Command) => emitEvent(context(command), name, options));
}

function addQueuesAndWorkers(program: Command, context: ContextOf): void {
  const queues = program.command('queues').description('look at queues and act on them');
  queues.command('list').action((_options: object, command: Command) => listQueues(context(command)));
  withId(queues, 'get', (command, name) => getQueue(context(command), name));
  withId(queues, 'pause', (command, name) => commandQueue(context(command), 'pause', name));
  withId(queues, 'resume', (command, name) => commandQueue(context(command), 'resume', name));
  const workers = program.command('workers').description('look at workers');
  workers.command('list').action((_options: object, command: Command) => listWorkers(context(command)));
  withId(workers, 'get', (command, id) => getWorker(context(command), id));
}

function addDeadLetters(program: Command, context: ContextOf): void {
  const deadLetters = program.command('dead-letters').description('look at work that was given up');
  paged(deadLetters.command('list'))
    .option('--queue <name>')
    .option('--type <type>')
    .action((options: ListDeadLettersOptions, command: Command) => listDeadLetters(context(command), options));
  for (const verb of ['redrive', 'discard']) addRefusal(deadLetters, verb);
}
