import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createAnswerCheck, type GivenAnswer, publishedDescription } from './answer-check.ts';

const problem = {
  type: 'urn:taskflow:problem:not_found',
  title: 'Not found',
  status: 404,
  code: 'not_found',
  detail: 'Nothing exists under this path.',
  requestId: 'r',
};
const receipt = { id: '01932f5e-8c00-7a1c-9b7d-0f2e4d6c8b1a', status: 'queued' };

describe('the check of answers', () => {
  const check = createAnswerCheck(publishedDescription());
  const judge = (answer: Partial<Omit<GivenAnswer, 'text'>> & { body?: unknown }) => {
    const { body, ...rest } = answer;
    const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
    const given = {
      method: 'POST',
      path: '/api/v1/tasks',
      status: 201,
      contentType: 'application/json; charset=utf-8',
    };
    return check({ ...given, ...rest, text });
  };
  const refused = { status: 404, contentType: 'application/problem+json; charset=utf-8' };

  it('passes what is described', () => {
    assert.equal(judge({ body: receipt }), undefined);
    assert.equal(judge({ ...refused, body: problem }), undefined);
    assert.equal(judge({ ...refused, path: '/nowhere', body: problem }), undefined);
    const prometheus = 'text/plain; version=0.0.4; charset=utf-8';
    assert.equal(
      judge({ method: 'GET', path: '/metrics', status: 200, contentType: prometheus, body: 'a 1' }),
      undefined,
    );
    const signal = `/api/v1/workflows/${receipt.id}/signals/go`;
    assert.equal(judge({ path: signal, status: 202, contentType: null }), undefined);
    assert.equal(judge({ method: 'HEAD', path: '/livez', status: 200 }), undefined);
    assert.equal(judge({ path: '/api/v1/tasks/batch', body: { tasks: [receipt] } }), undefined);
  });

  const wrong: [string, Parameters<typeof judge>[0], RegExp][] = [
    ['a status that the route does not have', { status: 202, body: receipt }, /status 202/],
    ['a fault of the server', { ...refused, status: 500, body: { ...problem, status: 500 } }, /status 500/],
    ['a success under a path that nothing has', { path: '/nowhere', status: 200, body: {} }, /status 200/],
    ['a member of another type', { body: { ...receipt, id: 7 } }, /does not fit/],
    ['a member too many', { body: { ...receipt, more: 1 } }, /does not fit/],
    ['a member too few', { body: { id: receipt.id } }, /does not fit/],
    ['what is no JSON', { body: '{' }, /no JSON/],
    ['a problem as plain JSON', { status: 404, body: problem }, /content type/],
    ['a problem without its request', { ...refused, body: { ...problem, requestId: undefined } }, /does not fit/],
    ['a problem that tells another status', { ...refused, body: { ...problem, status: 409 } }, /tells the status 409/],
    [
      'a body where there is none',
      { path: `/api/v1/workflows/${receipt.id}/signals/go`, status: 202, body: {} },
      /has a body/,
    ],
    ['the answer of a neighbour', { path: '/api/v1/tasks/batch', body: receipt }, /does not fit/],
  ];
  for (const [what, answer, why] of wrong) {
    it(`finds ${what}`, () => assert.match(judge(answer) ?? 'nothing', why));
  }
});
