/**
 * The lines that an example says it prints: the comment that ends a line with `console.log`, or that is the next line.
 */
export function promisedLines(example: string): string[] {
  const lines = example.split('\n');
  return lines.flatMap((line, at) => {
    if (!line.includes('console.log(')) return [];
    const promised = /; \/\/ (.+)$/.exec(line) ?? /^\/\/ (.+)$/.exec(lines[at + 1] ?? '');
    return promised?.[1] === undefined ? [] : [promised[1]];
  });
}
