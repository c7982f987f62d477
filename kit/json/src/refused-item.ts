const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** Names stand in the item and in the objects that are its members. */
const nameDepth = 2;
/** Commas and brackets of an object that names something, and those of a member that is kept as it is. */
const maxNamesChars = 1_000;
const maxMemberChars = 100;

/**
 * Says where the value that begins at `from` ends, found by its brackets alone, and about how many values are in it.
 */
export function extentOf(text: string, from: number): { readonly end: number; readonly values: number } {
  let depth = 0;
  let values = 1;
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (depth === 0 && endsValue(code)) return { end: at, values };
    if (isOpening(code)) depth++;
    else if (isClosing(code)) depth--;
    else if (code === quote) at = endOfString(text, at);
    if (isOpening(code) || code === comma) values++;
  }
  return { end: text.length, values };
}

/** The item with null in the place of what is large in it and no name. */
export function namesOf(item: string, depth = 1): string {
  if (item.charCodeAt(0) !== openBrace || depth > nameDepth) return 'null';
  const kept: string[] = [];
  let from = 0;
  let marks = 0;
  for (let at = 1; at < item.length; at++) {
    const code = item.charCodeAt(at);
    if (code === quote) at = endOfString(item, at);
    else if (code === comma) marks++;
    else if (isOpening(code)) {
      const { end, values } = extentOf(item, at);
      if (values > maxMemberChars) {
        kept.push(item.slice(from, at), namesOf(item.slice(at, end), depth + 1));
        from = end;
      }
      at = end - 1;
    }
    if (marks > maxNamesChars) return 'null';
  }
  return kept.join('') + item.slice(from);
}

const isOpening = (code: number) => code === openBrace || code === openBracket;
const isClosing = (code: number) => code === closeBrace || code === closeBracket;
const endsValue = (code: number) => code === comma || isClosing(code);

/** Index of the quote that ends the string that begins at `from`. */
function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text.charCodeAt(at) !== quote) at += text.charCodeAt(at) === backslash ? 2 : 1;
  return at;
}
