import stringWidth from 'string-width';

/**
 * Everything that a terminal acts on instead of showing it: control characters, what turns the direction of writing,
 * and characters of no width that hide others. A name or an error comes from whoever wrote it, and may be an order to
 * the terminal of whoever reads it.
 */
const acting: readonly (readonly [first: number, last: number])[] = [
  [0x0000, 0x001f],
  [0x007f, 0x009f],
  [0x00ad, 0x00ad],
  [0x061c, 0x061c],
  [0x180e, 0x180e],
  [0x200b, 0x200b],
  [0x200e, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x2069],
  [0xfeff, 0xfeff],
  [0xfff9, 0xfffb],
  [0xe0000, 0xe007f],
];

/** The text as one line that a terminal only shows. */
export function inert(text: string): string {
  return inertLine(text.replaceAll(/\r\n|[\t\n\v\f\r\u2028\u2029]/g, ' '));
}

/** The same of a text of several lines. */
export function inertLines(text: string): string {
  return text.split('\n').map(inertLine).join('\n');
}

/** JSON text keeps its meaning: what acts is escaped. Line ends stand between its parts only. */
export function inertJson(json: string): string {
  return mapActing(json, (character) => (character === '\n' ? character : escapedUnits(character)));
}

/** At most `columns` wide; what is cut ends with an ellipsis. Wide characters take two columns. */
export function cutTo(text: string, columns: number): string {
  if (text.length <= columns / 2 || stringWidth(text) <= columns) return text;
  let width = 0;
  let kept = '';
  for (const { segment } of graphemes.segment(text)) {
    width += stringWidth(segment);
    if (width > columns - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

export function padTo(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - stringWidth(text)));
}

export function widthOf(text: string): number {
  return stringWidth(text);
}

const graphemes = new Intl.Segmenter();

function inertLine(text: string): string {
  return mapActing(text.toWellFormed(), shown);
}

function mapActing(text: string, map: (character: string) => string): string {
  let mapped = '';
  for (const character of text) mapped += acts(character) ? map(character) : character;
  return mapped;
}

function acts(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  return acting.some(([first, last]) => code >= first && code <= last);
}

/** The picture of a control character, where there is one. */
function shown(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return '\u2421';
  return code < 0xa0 ? '\uFFFD' : '';
}

function escapedUnits(character: string): string {
  return [...Array(character.length).keys()]
    .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('');
}
