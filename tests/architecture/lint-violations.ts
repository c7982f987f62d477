const longFunction = `export function long(): number {\n${'  count += 1;\n'.repeat(81)}  return count;\n}\n`;

/** Mistakes that the linter must see, by the name of the rule that sees them. */
export const lintViolations: Readonly<Record<string, string>> = {
  'no-floating-promises': "import { writeFile } from 'node:fs/promises';\nwriteFile('a', 'b');\n",
  'no-misused-promises': 'export const all = [1].filter(async (n) => n > 0);\n',
  'return-await':
    'export async function read(load: () => Promise<string>): Promise<string> {\n  try {\n    return load();\n  } catch {\n    return "";\n  }\n}\n',
  'await-thenable': 'export async function one(): Promise<number> {\n  return await 1;\n}\n',
  'switch-exhaustiveness-check':
    "export function f(state: 'on' | 'off'): number {\n  switch (state) {\n    case 'on':\n      return 1;\n    default:\n      return 0;\n  }\n}\n",
  'no-explicit-any': `export const f = (x: ${'an'}y): unknown => x;\n`,
  'no-default-export': 'export default 1;\n',
  'ban-ts-comment': `// @ts-${'ignore'}\nexport const a: number = 'b';\n`,
  'only-throw-error': "export function f(): never {\n  throw 'a string';\n}\n",
  'no-unused-vars': 'const unused = 1;\nexport const a = 2;\n',
  'max-lines': `${'export {};\n'.repeat(501)}`,
  'max-lines-per-function': `let count = 0;\n${longFunction}`,
  complexity: `export function f(n: number): number {\n${Array.from({ length: 21 }, (_, i) => `  if (n === ${i}) return ${i + 1};\n`).join('')}  return 0;\n}\n`,
};
