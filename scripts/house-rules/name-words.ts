/** `readFanOuts`, `read_fan_outs` and `read-fan-outs` are the words read, fan, outs. */
export function wordsOf(name: string): string[] {
  const parted = name.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').replaceAll(/([A-Z])([A-Z][a-z])/g, '$1 $2');
  return parted.toLowerCase().match(/[a-z0-9]+/g) ?? [];
}

/** Whether the wanted words stand side by side among the words. */
export function holds(words: readonly string[], wanted: readonly string[]): boolean {
  return words.some((_, at) => isAt(words, at, wanted));
}

export function endsWith(words: readonly string[], wanted: readonly string[]): boolean {
  return isAt(words, words.length - wanted.length, wanted);
}

function isAt(words: readonly string[], at: number, wanted: readonly string[]): boolean {
  return wanted.every((word, i) => isSame(words[at + i], word));
}

/** One and many of it are one word. */
function isSame(word: string | undefined, wanted: string): boolean {
  return word === wanted || word === `${wanted}s` || word === `${wanted}es`;
}
