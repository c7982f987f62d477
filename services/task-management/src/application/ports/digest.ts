/** SHA-256 of a text in UTF-8. Injected, because how it is computed is no business of a use case. */
export type Digest = (text: string) => Buffer;
