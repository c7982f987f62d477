export type JsonRefusalCode =
  | 'malformed_json'
  | 'too_deep'
  | 'too_many_items'
  | 'invalid_string'
  | 'number_out_of_range'
  | 'duplicate_key'
  | 'forbidden_key';

/** Says why a JSON text is not taken, and where. */
export interface JsonRefusal {
  code: JsonRefusalCode;
  detail: string;
  /** JSON Pointer as a URI fragment; `#` when it is the text as a whole. */
  pointer: string;
  /** Index into the text, in UTF-16 units. */
  offset: number | undefined;
}
