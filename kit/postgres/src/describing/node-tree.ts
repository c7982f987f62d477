/**
 * The tree that the server parsed a statement into, read from the text in which it prints one
 * (`debug_print_parse`): `{TAG :field value …}`, lists in parentheses, `<>` for what is absent.
 */
export interface TreeNode {
  readonly tag: string;
  readonly fields: ReadonlyMap<string, Tree>;
}

export type Tree = TreeNode | readonly Tree[] | string | undefined;

const token = /"(?:\\.|[^"\\])*"|[{}()]|(?:\\.|[^\s(){}\\])+/gs;

export function readTree(text: string): TreeNode {
  const reader = new TreeReader(text.match(token) ?? []);
  const tree = reader.value();
  if (!isNode(tree)) throw new Error('the server printed no tree');
  return tree;
}

class TreeReader {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  value(): Tree {
    const next = this.#take();
    if (next === '{') return this.#node();
    if (next === '(') return this.#list();
    if (next === '<>') return undefined;
    return (next.startsWith('"') ? next.slice(1, -1) : next).replaceAll(/\\(.)/gs, '$1');
  }

  #node(): TreeNode {
    const tag = this.#take();
    const fields = new Map<string, Tree>();
    while (this.#tokens[this.#at] !== '}') {
      const name = this.#take().slice(1);
      fields.set(name, this.value());
      // The bytes of a constant follow their number; only that counts.
      while (!this.#atField()) this.#at += 1;
    }
    this.#at += 1;
    return { tag, fields };
  }

  #list(): readonly Tree[] {
    const items: Tree[] = [];
    while (this.#tokens[this.#at] !== ')') items.push(this.value());
    this.#at += 1;
    return items;
  }

  #atField(): boolean {
    const next = this.#tokens[this.#at];
    return next === undefined || next === '}' || next.startsWith(':');
  }

  #take(): string {
    const next = this.#tokens[this.#at];
    if (next === undefined) throw new Error('the tree ends in the middle');
    this.#at += 1;
    return next;
  }
}

export const isNode = (tree: Tree): tree is TreeNode => typeof tree === 'object' && 'tag' in tree;

export function nodeAt(node: TreeNode, field: string): TreeNode | undefined {
  const value = node.fields.get(field);
  return isNode(value) ? value : undefined;
}

export function nodesAt(node: TreeNode, field: string): readonly TreeNode[] {
  const value = node.fields.get(field);
  return Array.isArray(value) ? value.filter(isNode) : [];
}

export function textAt(node: TreeNode, field: string): string | undefined {
  const value = node.fields.get(field);
  return typeof value === 'string' ? value : undefined;
}

export const numberAt = (node: TreeNode, field: string): number => Number(textAt(node, field) ?? Number.NaN);
export const isTrueAt = (node: TreeNode, field: string): boolean => textAt(node, field) === 'true';

/** Texts of a list, such as names of columns. */
export function textsAt(node: TreeNode, field: string): readonly string[] {
  const value = node.fields.get(field);
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** Nodes directly below one, whatever field they stand in. */
export function* childrenOf(node: TreeNode): Generator<TreeNode> {
  for (const value of node.fields.values()) yield* nodesOf(value);
}

function* nodesOf(tree: Tree): Generator<TreeNode> {
  if (isNode(tree)) yield tree;
  else if (Array.isArray(tree)) for (const item of tree) yield* nodesOf(item);
}
