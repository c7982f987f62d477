import ts from 'typescript';
import { type GlossaryTerm, glossaryPage, termsOf } from '../documents/glossary-terms.ts';
import type { HouseRule, Violation } from './house-rule.ts';
import { endsWith, holds, wordsOf } from './name-words.ts';
import { isExported, isTest, lineOf } from './syntax.ts';

/** Words that tell in which form a thing is held, and not what it is: `LeaseRef` names a lease. */
const forms = new Set(['code', 'error', 'kind', 'options', 'reason', 'ref', 'row', 'snapshot', 'state', 'type']);
/** Behind them stands what the noun is related to: `ChildToStart` names a child. */
const relations = new Set(['of', 'to', 'from']);

/** The head of a domain type's name is a term. Of a contract any word is: `TaskQueued`, `CreateTaskBody`. */
export const domainNounsHaveEntries: HouseRule = {
  name: 'domain-nouns-have-entries',
  because: 'A noun that GLOSSARY.md does not have means what its reader guesses, and the next thing gets its name too.',
  check(tree) {
    if (!tree.paths.includes(glossaryPage)) return [];
    const terms = termsOf(tree);
    const words = terms.flatMap(({ term }) => namesOf(term).map(wordsOf));
    const isNamed = (name: string, isDomain: boolean): boolean =>
      terms.some((term) => term.name === name) ||
      words.some((term) => (isDomain ? endsWith(nounOf(name), term) : holds(wordsOf(name), term)));
    return tree.paths.filter(isPublished).flatMap((path) =>
      tree.syntax(path).statements.flatMap((node): Violation[] => {
        const isType =
          ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isClassDeclaration(node);
        if (!isType || !isExported(node)) return [];
        const name = node.name?.text ?? '';
        if (isNamed(name, isDomain(path))) return [];
        return [{ path, line: lineOf(node), message: `${name} has no entry in ${glossaryPage}` }];
      }),
    );
  },
};

const isDomain = (path: string): boolean => /^services\/[^/]+\/src\/domain\/.*\.ts$/.test(path);
const isPublished = (path: string): boolean => (isDomain(path) || /^contracts\/.*\.ts$/.test(path)) && !isTest(path);

/** A row may hold several terms: `fan-out, item`. What stands in brackets only tells apart. */
function namesOf(term: GlossaryTerm['term']): string[] {
  return term.replace(/\(.*\)/, '').split(',');
}

/** Words of a name up to its head noun. */
function nounOf(name: string): readonly string[] {
  const words = wordsOf(name);
  const related = words.findIndex((word) => relations.has(word));
  const noun = related > 0 ? words.slice(0, related) : words;
  const last = noun.findLastIndex((word) => !forms.has(word));
  return noun.slice(0, last + 1);
}
