import { createColors } from 'picocolors';
import { cutTo, inert, inertJson, inertLines, padTo, widthOf } from './terminal-text.ts';

export type OutputFormat = 'table' | 'json' | 'jsonl' | 'name';
export const outputFormats: readonly OutputFormat[] = ['table', 'json', 'jsonl', 'name'];

interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  /** How wide the terminal is. */
  readonly columns?: number;
}

/** Where a command writes: data to `out`, everything that is not data to `note`. */
export interface Streams {
  readonly stdout: Output;
  readonly stderr: Output;
  /** The whole of standard input. */
  readStdin(): Promise<string>;
  /** Asks the person at the terminal and gives the line typed; absent where nobody is there to answer. */
  readonly ask?: (question: string) => Promise<string>;
}

/** A word of ours in colour. Plain text comes from anywhere, and is made inert on its way to the terminal. */
export interface Coloured {
  readonly word: string;
  readonly colour: Colour;
}
/** One line, in pieces. */
export type Line = string | Coloured | readonly (string | Coloured)[];

export interface Column<T> {
  readonly title: string;
  value(item: T): Line;
}

export interface Terminal {
  note(text: string): void;
  /** A note that is one line, cut to the width of the terminal. */
  row(line: Line): void;
  /** A list: a table for people, JSON for programs. */
  list<T extends object>(
    items: readonly T[],
    columns: readonly Column<NoInfer<T>>[],
    name: (item: NoInfer<T>) => string,
  ): void;
  /** One thing: lines of `label value` for people, JSON for programs. */
  one(body: object, lines: readonly (readonly [label: string, value: Line])[], name: string): void;
  /** A JSON value that is the command's result. */
  json(value: unknown): void;
  status(status: string): Coloured;
}

type Colour = 'green' | 'red' | 'yellow' | 'cyan' | 'gray' | 'reset' | 'bold';

const colourOf: Readonly<Record<string, Colour>> = {
  completed: 'green',
  failed: 'red',
  stuck: 'red',
  running: 'cyan',
  waiting: 'cyan',
  retrying: 'yellow',
  cancelled: 'yellow',
  paused: 'yellow',
  compensating: 'yellow',
  compensated: 'yellow',
  'compensation-stuck': 'red',
  settled: 'yellow',
  skipped: 'gray',
  blocked: 'gray',
  scheduled: 'gray',
  pending: 'gray',
};

/** Of one cell where no terminal says how wide it is, of one value of a thing, and of one note. */
const maxCellChars = 120;
const maxValueChars = 1_000;
const maxNoteChars = 8_000;
const gap = 2;

export function createTerminal({ stdout, stderr }: Streams, format: OutputFormat): Terminal {
  const paint = painter(format === 'table' && stdout.isTTY === true);
  const print = (text: string): void => void stdout.write(`${text}\n`);
  const report = (text: string): void => void stderr.write(`${text}\n`);
  const machine = (body: unknown): boolean => {
    if (format === 'json' || format === 'jsonl') print(JSON.stringify(body, null, format === 'json' ? 2 : 0));
    return format === 'json' || format === 'jsonl';
  };
  return {
    note: (text) => report(cutTo(inertLines(text), maxNoteChars)),
    row: (line) => report(paint(cutLine(line, widthLeft(stderr) ?? maxValueChars))),
    json(value) {
      if (!machine(value ?? null)) print(inertJson(JSON.stringify(value ?? null, null, 2)));
    },
    status: (status) => ({ word: status, colour: colourOf[status] ?? 'reset' }),
    list(items, columns, name) {
      if (format === 'jsonl') return items.forEach((item) => print(JSON.stringify(item)));
      if (machine(items)) return;
      if (format === 'name') return items.forEach((item) => print(inert(name(item))));
      const head = columns.map(({ title }): Line => ({ word: title, colour: 'bold' }));
      const rows = [head, ...items.map((item) => columns.map((column) => column.value(item)))];
      for (const row of alignedTo(widthLeft(stdout), rows)) print(paint(row).trimEnd());
    },
    one(body, lines, name) {
      if (machine(body)) return;
      if (format === 'name') return print(inertLines(name));
      const width = Math.max(...lines.map(([label]) => widthOf(inert(label)))) + gap;
      for (const [label, value] of lines) {
        print(
          paint([
            { word: padTo(inert(label), width), colour: 'bold' },
            ...piecesOf(cutLine(value, maxValueChars)),
          ]).trimEnd(),
        );
      }
    },
  };
}

/** The one way from a line to the terminal. */
function painter(coloured: boolean): (line: Line) => string {
  const colours = createColors(coloured);
  return (line) =>
    piecesOf(line)
      .map((piece) => (typeof piece === 'string' ? inert(piece) : colours[piece.colour](inertLines(piece.word))))
      .join('');
}

/** A server of another version may lack what is to be shown. */
function piecesOf(line: Line | undefined): readonly (string | Coloured)[] {
  if (line === undefined || line === null) return [];
  return typeof line === 'string' || 'word' in line ? [line] : line;
}

function textOf(piece: string | Coloured): string {
  return typeof piece === 'string' ? inert(piece) : piece.word;
}

function cutLine(line: Line, columns: number): Line {
  let left = columns;
  const kept: (string | Coloured)[] = [];
  for (const piece of piecesOf(line)) {
    if (left <= 0) break;
    const text = cutTo(textOf(piece), left);
    left -= widthOf(text);
    kept.push(typeof piece === 'string' ? text : { ...piece, word: text });
  }
  return kept;
}

/** Columns of one width each, so that a row is no wider than the terminal; the first one, of ids, gives way last. */
function alignedTo(columns: number | undefined, rows: readonly (readonly Line[])[]): Line[] {
  const shown = rows.map((row) => row.map((cell) => cutLine(cell, maxCellChars)));
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...shown.map((row) => lineWidth(row[at] ?? ''))));
  if (columns !== undefined) shrink(widths, columns - gap * (widths.length - 1));
  const aligned = shown.map((row) =>
    row.flatMap((cell, at): (string | Coloured)[] => {
      const cut = cutLine(cell, widths[at] ?? 0);
      const room = (widths[at] ?? 0) - lineWidth(cut) + gap;
      return [...piecesOf(cut), { word: ' '.repeat(room), colour: 'reset' }];
    }),
  );
  return columns === undefined ? aligned : aligned.map((row) => cutLine(trimmed(row), columns));
}

/** Without the room behind the last cell. */
function trimmed(row: readonly (string | Coloured)[]): Line {
  return row.slice(0, -1);
}

function shrink(widths: number[], room: number): void {
  const least = 4;
  for (;;) {
    const over = widths.reduce((sum, width) => sum + width, 0) - room;
    const widest = widths.reduce((best, width, at) => (at > 0 && width > (widths[best] ?? 0) ? at : best), 1);
    const width = widths[widest] ?? 0;
    if (over <= 0 || width <= least) return;
    const next = Math.max(least, ...widths.filter((other, at) => at > 0 && other < width));
    widths[widest] = Math.max(width - over, Math.min(next, width - 1));
  }
}

function lineWidth(line: Line): number {
  return piecesOf(line).reduce((sum, piece) => sum + widthOf(textOf(piece)), 0);
}

/** What a terminal has room for; a pipe has no width. */
function widthLeft({ isTTY, columns }: Output): number | undefined {
  return isTTY === true && columns !== undefined && columns > 0 ? columns : undefined;
}
