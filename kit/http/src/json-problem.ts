import type { JsonRefusal, JsonRefusalCode } from '@taskflow/kit-json';
import { Problem } from './problem.ts';

/** 400: the text itself is not one that we read. 422: it is, and a value in it is not one that we can keep. */
const statuses: Record<JsonRefusalCode, 400 | 422> = {
  malformed_json: 400,
  too_deep: 400,
  too_many_items: 400,
  duplicate_key: 400,
  forbidden_key: 400,
  invalid_string: 422,
  number_out_of_range: 422,
};

export function problemOfJson(refusal: JsonRefusal): Problem {
  const { code, detail, pointer, offset } = refusal;
  return new Problem(statuses[code], {
    code,
    detail,
    errors: [{ pointer, code, detail }],
    ...(offset !== undefined && { extensions: { offset } }),
  });
}
