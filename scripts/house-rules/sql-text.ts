export const isSql = (path: string): boolean => path.endsWith('.sql');
export const isMigration = (path: string): boolean => /(^|\/)migrations\/[^/]+\.sql$/.test(path);

/** The statement without comments and string constants, line breaks kept. */
export function sqlCode(text: string): string {
  const blank = (match: string): string => match.replace(/[^\n]/g, ' ');
  return text.replace(/--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'/g, blank);
}

/** The comment lines at the top, without their dashes. */
export function sqlHeader(text: string): string {
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    if (!line.startsWith('--')) break;
    lines.push(line.slice(2).trim());
  }
  return lines.join('\n').trim();
}
