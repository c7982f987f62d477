import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokenLinks } from '../../scripts/documents/broken-links.ts';
import { errorPageProblems } from '../../scripts/documents/error-page.ts';
import { glossaryProblems } from '../../scripts/documents/glossary.ts';
import { treeInMemory } from '../../scripts/house-rules/source-tree.ts';
import { allReferences } from '../../scripts/reference/all-references.ts';
import { staleness } from '../../scripts/reference/generated-file.ts';

describe('links', () => {
  const links = (text: string): string[] =>
    brokenLinks(treeInMemory({ 'docs/a.md': text, 'README.md': '# Two words\n' }));

  test('that lead nowhere are refused', () => {
    assert.equal(links('[a](b.md)').length, 1);
    assert.equal(links('[a](../READ.md)').length, 1);
    assert.equal(links('[a](../README.md#three-words)').length, 1);
    assert.equal(links('![a](picture.png)').length, 1);
  });

  test('that lead somewhere are accepted', () => {
    assert.deepEqual(links('[a](../README.md#two-words), [b](https://example.org), `[c](d.md)`'), []);
  });
});

describe('the page of error codes', () => {
  const problems = (source: string, page: string): string[] =>
    errorPageProblems(treeInMemory({ 'kit/http/src/problem.ts': source, 'docs/reference/errors.md': page }));

  test('must explain each code that the code gives', () => {
    assert.equal(problems("export const problem = { code: 'too_late' };", '').length, 1);
    assert.equal(problems("export type LateCode = 'too_late' | 'too_early';", '').length, 2);
    assert.equal(problems("throw new LateError('too_late');", '').length, 1);
    assert.equal(problems("export const problem = { code: late ? 'too_late' : 'too_early' };", '').length, 2);
  });

  test('must explain no code that nothing gives, and none twice', () => {
    assert.equal(problems('', '| `too_late` | 409 |').length, 1);
    assert.equal(problems("export const p = { code: 'too_late' };", '| `too_late` | |\n| `too_late` | |').length, 1);
  });

  test('is right when both agree', () => {
    assert.deepEqual(problems("export const p = { code: 'too_late' };", '| `too_late` | 409 |'), []);
  });
});

describe('the glossary', () => {
  const problems = (row: string): string[] =>
    glossaryProblems(treeInMemory({ 'GLOSSARY.md': row, 'kit/time/src/clock.ts': 'export interface Clock {}' }));

  test('must name where a term is typed', () => {
    assert.equal(problems('| **clock** | tells the time | |').length, 1);
    assert.equal(problems('| **clock** | tells the time | [`Watch`](kit/time/src/clock.ts) |').length, 1);
    assert.equal(problems('| **clock** | tells the time | [`Clock`](kit/time/src/watch.ts) |').length, 1);
    assert.deepEqual(problems('| **clock**   | tells the time | [`Clock`](kit/time/src/clock.ts)  |'), []);
  });
});

describe('a generated page', () => {
  test('is stale as soon as its source says something else', () => {
    const [reference] = allReferences;
    assert.ok(reference !== undefined);
    assert.equal(staleness(reference), undefined);
    assert.notEqual(staleness({ ...reference, render: () => `${reference.render()}more` }), undefined);
  });
});
