import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxValueBytes } from '@taskflow/kit-messaging';
import { maxResult } from '../../domain/completion.ts';

test('a result may be as large as one value of an event, and no larger', () => {
  assert.equal(maxResult, maxValueBytes);
});
