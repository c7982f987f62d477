import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokenLinks } from '../../scripts/documents/broken-links.ts';
import { errorPageProblems } from '../../scripts/documents/error-page.ts';
import { glossaryProblems } from '../../scripts/documents/glossary.ts';
import { healthNameProblems } from '../../scripts/documents/health-names.ts';
import { staleNames } from '../../scripts/documents/stale-names.ts';
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
    assert.equal(problems('| **clock** | tells the time | | |').length, 1);
    assert.equal(problems('| **clock** | tells the time | [`Watch`](kit/time/src/clock.ts) | |').length, 1);
    assert.equal(problems('| **clock** | tells the time | [`Clock`](kit/time/src/watch.ts) | |').length, 1);
    assert.deepEqual(problems('| **clock**   | tells the time | [`Clock`](kit/time/src/clock.ts)  | |'), []);
  });

  test('must say which words are not used instead, where there are any, as words', () => {
    assert.equal(problems('| **clock** | tells the time | [`Clock`](kit/time/src/clock.ts) |').length, 1);
    assert.equal(problems('| **clock** | tells the time | [`Clock`](kit/time/src/clock.ts) | watch |').length, 1);
    assert.deepEqual(
      problems('| **clock** | tells the time | [`Clock`](kit/time/src/clock.ts) | `watch`, `sun-dial` |'),
      [],
    );
  });
});

describe('names in the documents', () => {
  const stale = (text: string): string[] =>
    staleNames(treeInMemory({ 'docs/a.md': text, 'kit/a.ts': "counter('tasks_created_total'); env.TASKFLOW_URL" }));

  test('that the code does not know are refused', () => {
    assert.equal(stale('`tasks_made_total` and `TASKFLOW_URLS`').length, 2);
    assert.equal(stale('`queue_tasks{state="waiting"}`').length, 1);
  });

  test('that the code knows, or that are not ours, are accepted', () => {
    const text =
      '`tasks_created_total{type}`, `TASKFLOW_URL=x`, `pg_stat_activity`, plain_words, `a-b_c`\n```\nother_one\n```';
    assert.deepEqual(stale(text), []);
  });
});

describe('the parts that /health names', () => {
  const problems = (rows: string): string[] =>
    healthNameProblems(
      treeInMemory({
        'docs/guides/operating.md': rows,
        'services/task-management/src/a.ts':
          "createLoop({ name: 'wait', run }); createLoop({ name: `${x}-lock`, run });",
        'services/task-execution/src/b.ts': "createGroupCommit<A, B>({ name: 'write', weigh }, { clock });",
        'services/task-execution/src/b.test.ts': "createLoop({ name: 'tried' });",
        'kit/messaging-postgres/src/c.ts': "createLoop({ name: 'prune' });",
      }),
    );
  const pruning = '| `task-management.prune`, `task-execution.prune` | |';

  test('must be explained, each one', () => {
    assert.equal(problems('').length, 4);
    assert.equal(problems(`${pruning}\n| \`task-management.wait\` | |`).length, 1);
  });

  test('must be there', () => {
    const all = `${pruning}\n| \`task-management.wait\`, \`task-execution.write\`, \`task-execution.database\` | |`;
    assert.deepEqual(problems(all), []);
    assert.equal(problems(`${all}\n| \`task-execution.gone\` | |`).length, 1);
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
