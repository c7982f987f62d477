import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import stringWidth from 'string-width';
import { createTerminal, type OutputFormat, type Terminal } from './terminal.ts';
import { cutTo, inert, inertJson } from './terminal-text.ts';

/** Orders to a terminal: colours, titles, links, cleared screens, a bell, other directions, a line of its own. */
const hostile =
  'a\u001b[31m\u001b]0;title\u0007\u009b2J\u001bP$q\u0090\u202eb\u2066\r\nc\u0000\u007f\u200b\u{e0041}\ud800';
const acts = (text: string): boolean =>
  [...text].some((character) => {
    const code = character.codePointAt(0) ?? 0;
    const isControl = code < 0x20 ? character !== '\n' : code >= 0x7f && code < 0xa0;
    return isControl || /[\u200b\u202a-\u202e\u2066-\u2069]|[\u{e0000}-\u{e007f}]/u.test(character);
  });

interface Shown {
  readonly out: string;
  readonly err: string;
}

function shown(use: (terminal: Terminal) => void, columns?: number, format: OutputFormat = 'table'): Shown {
  const written = { out: '', err: '' };
  const stream = (name: 'out' | 'err') => ({
    ...(columns !== undefined && { isTTY: true, columns }),
    write: (text: string) => {
      written[name] += text;
    },
  });
  use(createTerminal({ stdout: stream('out'), stderr: stream('err'), readStdin: () => Promise.resolve('') }, format));
  return written;
}
/** Without the colours, which are ours. */
const plain = (text: string): string => text.replaceAll(new RegExp(`${escape}\\[\\d+m`, 'g'), '');
const escape = String.fromCodePoint(0x1b);
const id = '01a1fc07-1729-710a-b3cf-20916ad65c27';
const columns = (terminal: Terminal) => [
  { title: 'ID', value: (it: { id: string }) => it.id },
  { title: 'STATUS', value: () => terminal.status('failed') },
  { title: 'ERROR', value: (it: { error?: string }) => it.error ?? '' },
  { title: 'AGE', value: () => '3s' },
];

describe('what comes from a server', () => {
  it('is only shown by the terminal, whatever it holds', () => {
    const body = { id, error: hostile.repeat(50) };
    for (const width of [undefined, 80]) {
      const { out, err } = shown((terminal) => {
        terminal.list([body], columns(terminal), (it) => it.error);
        terminal.one(
          body,
          [
            [hostile, hostile],
            ['steps', [terminal.status(hostile), hostile]],
          ],
          hostile,
        );
        terminal.json(body);
        terminal.note(hostile);
        terminal.row([hostile, terminal.status('failed')]);
      }, width);
      assert.ok(!acts(plain(out)));
      assert.ok(!acts(plain(err)));
      assert.ok((out + err).isWellFormed());
    }
    const { out } = shown((terminal) => terminal.list([body], columns(terminal), (it) => it.error), 80, 'name');
    assert.ok(!acts(out));
  });

  it('stays as it came for programs', () => {
    for (const format of ['json', 'jsonl'] as const) {
      const { out } = shown((terminal) => terminal.list([{ error: hostile }], [], () => ''), 80, format);
      assert.deepEqual([JSON.parse(out)].flat(), [{ error: hostile }]);
      const { out: one } = shown((terminal) => terminal.one({ error: hostile }, [], ''), 80, format);
      assert.deepEqual(JSON.parse(one), { error: hostile });
    }
    const { out } = shown((terminal) => terminal.json({ error: hostile }), 80);
    assert.deepEqual(JSON.parse(out), { error: hostile });
  });

  it('says what was left out of it', () => {
    assert.equal(inert('a\u001b[31mb\nc'), 'a␛[31mb c');
    assert.equal(inert('naïve 日本語 👩‍👩‍👧'), 'naïve 日本語 👩‍👩‍👧');
    assert.equal(inertJson('"\u009b é"'), '"\\u009b é"');
  });
});

describe('a table', () => {
  const items = [
    { id, error: 'x'.repeat(8_345) },
    { id: 'b', error: '支払いに失敗しました。'.repeat(20) },
    { id: 'c', error: 'short' },
  ];

  for (const width of [200, 80, 60, 30, 5]) {
    it(`is no wider than its terminal: ${width}`, () => {
      const { out } = shown((terminal) => terminal.list(items, columns(terminal), () => ''), width);
      for (const row of plain(out).trimEnd().split('\n')) assert.ok(stringWidth(row) <= width, row);
      if (width < 60) return;
      assert.ok(out.includes(id));
      const [, ...rows] = plain(out).trimEnd().split('\n');
      for (const row of rows) assert.match(row, /failed.*3s$/);
    });
  }

  it('has its columns below each other, wide characters or not', () => {
    for (const width of [undefined, 80]) {
      const { out } = shown((terminal) => terminal.list(items, columns(terminal), () => ''), width);
      const rows = plain(out).trimEnd().split('\n');
      const places = rows.map((row) => stringWidth(row.slice(0, row.search(/AGE$|3s$/))));
      assert.equal(places.length, 4);
      assert.equal(new Set(places).size, 1);
    }
  });

  it('has cells of a bounded length where no terminal bounds them', () => {
    const { out } = shown((terminal) => terminal.list(items, columns(terminal), () => ''));
    for (const row of out.trimEnd().split('\n')) assert.ok(stringWidth(row) <= 200, row);
  });
});

describe('a text that is cut', () => {
  it('ends with an ellipsis, and never within a character', () => {
    assert.equal(cutTo('abcdef', 4), 'abc…');
    assert.equal(cutTo('abcd', 4), 'abcd');
    assert.equal(cutTo('日本語', 4), '日…');
    assert.equal(cutTo('👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧', 4), '👩‍👩‍👧…');
  });
});
