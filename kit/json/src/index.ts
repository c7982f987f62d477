export { jsonPointer } from './json-pointer.ts';
export type { JsonRefusal, JsonRefusalCode } from './json-refusal.ts';
export { defaultJsonLimits, type JsonLimits } from './json-scanner.ts';
export {
  type ItemsResult,
  type JsonResult,
  jsonRefusalOf,
  parseStrictItems,
  parseStrictJson,
} from './strict-json.ts';
