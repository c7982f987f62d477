import { createColors } from 'picocolors';
import Table from 'cli-table3';

export type OutputFormat = 'table' | 'json' | 'jsonl' | 'name';
export const outputFormats: readonly OutputFormat[] = ['table', 'json', 'jsonl', 'name'];

/** Where a command writes: data to `out`, everything that is not data to `note`. */
export interface Streams {
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean };
  /** The whole of standard input. */
  readStdin(): Promise<string>;
  /** Asks the person at the terminal and gives the line typed; absent where nobody is there to answer. */
  readonly ask?: (question: string) => Promise<string>;
}

export interface Column<T> {
  readonly title: string;
  value(item: T): string;
}

export interface Terminal {
  note(text: string): void;
  /** A list: a table for people, JSON for programs. */
  list<T extends object>(
    items: readonly T[],
    columns: readonly Column<NoInfer<T>>[],
    name: (item: NoInfer<T>) => string,
  ): void;
  /** One thing: lines of `label value` for people, JSON for programs. */
  one(body: object, lines: readonly (readonly [label: string, value: string])[], name: string): void;
  /** A JSON value that is the command's result. */
  json(value: unknown): void;
  status(status: string): string;
}

const colorOf: Readonly<Record<string, 'green' | 'red' | 'yellow' | 'cyan' | 'gray'>> = {
  completed: 'green',
  failed: 'red',
  running: 'cyan',
  waiting: 'cyan',
  retrying: 'yellow',
  cancelled: 'yellow',
  paused: 'yellow',
  compensating: 'yellow',
  compensated: 'yellow',
  'compensation-stuck': 'red',
  stuck: 'red',
  settled: 'yellow',
  skipped: 'gray',
  blocked: 'gray',
  scheduled: 'gray',
  pending: 'gray',
};

export function createTerminal({ stdout, stderr }: Streams, format: OutputFormat): Terminal {
  const colors = createColors(format === 'table' && stdout.isTTY === true);
  const print = (text: string): void => void stdout.write(`${text}\n`);
  return {
    note: (text) => void stderr.write(`${text}\n`),
    json: (value) => print(JSON.stringify(value ?? null, null, format === 'jsonl' ? 0 : 2)),
    status: (status) => colors[colorOf[status] ?? 'reset'](status),
    list(items, columns, name) {
      if (format === 'json') return print(JSON.stringify(items, null, 2));
      if (format === 'jsonl') return items.forEach((item) => print(JSON.stringify(item)));
      if (format === 'name') return items.forEach((item) => print(name(item)));
      const table = new Table({ head: columns.map(({ title }) => colors.bold(title)), style: plain, chars: noLines });
      for (const item of items) table.push(columns.map((column) => column.value(item)));
      print(table.toString());
    },
    one(body, lines, name) {
      if (format === 'json' || format === 'jsonl') return print(JSON.stringify(body, null, format === 'json' ? 2 : 0));
      if (format === 'name') return print(name);
      const width = Math.max(...lines.map(([label]) => label.length)) + 2;
      for (const [label, value] of lines) print(`${colors.bold(label.padEnd(width))}${value}`);
    },
  };
}

const plain = { head: [], border: [], 'padding-left': 0, 'padding-right': 2 };
const lines = ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'];
const noLines = Object.fromEntries(
  [...lines, 'left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'].map((place) => [place, '']),
);
