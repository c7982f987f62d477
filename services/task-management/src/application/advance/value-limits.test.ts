import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxValueBytes } from '@taskflow/kit-messaging';
import { maxJoinedResult } from '../../domain/workflow/payload-limits.ts';

test('what a fan-out gives may be as large as one value of an event, and no larger', () => {
  assert.equal(maxJoinedResult, maxValueBytes);
});
