/** Names one wrong place of a request. */
export interface ProblemDetail {
  /** JSON Pointer as a URI fragment (`#/steps/0/key`), or `?name` for a query parameter. */
  pointer: string;
  code: string;
  detail: string;
}

export interface ProblemOptions {
  /** Stable and machine-readable, snake_case. */
  code: string;
  /** One sentence of what is wrong with this request, and where it helps, what to do. */
  detail: string;
  /** Short and the same for every occurrence; made from the code unless told. */
  title?: string;
  errors?: readonly ProblemDetail[];
  headers?: Record<string, string>;
  /** Whether the same request may succeed later. */
  retryable?: boolean;
  /** More members of the body; those that every problem has cannot be among them. */
  extensions?: Extensions;
}

type StandardMember = 'type' | 'title' | 'status' | 'code' | 'detail' | 'errors' | 'retryable' | 'requestId';
type Extensions = Readonly<Record<string, unknown>> & { readonly [name in StandardMember]?: never };

export const problemContentType = 'application/problem+json; charset=utf-8';

/** A refusal as the caller sees it (RFC 9457). Throw it from a route's handler. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly errors: readonly ProblemDetail[] | undefined;
  readonly headers: Record<string, string>;
  readonly retryable: boolean | undefined;
  readonly extensions: Extensions;

  constructor(status: number, options: ProblemOptions) {
    super(options.detail);
    this.name = 'Problem';
    this.status = status;
    this.code = options.code;
    this.title = options.title ?? sentence(options.code);
    this.errors = options.errors;
    this.headers = options.headers ?? {};
    this.retryable = options.retryable;
    this.extensions = options.extensions ?? {};
  }

  /** The body of the answer. `type` is a name and no address: it resolves to nothing, and needs no network. */
  toBody(requestId: string): Record<string, unknown> {
    return {
      ...this.extensions,
      type: `urn:taskflow:problem:${this.code}`,
      title: this.title,
      status: this.status,
      code: this.code,
      detail: this.message,
      ...(this.errors && { errors: this.errors }),
      ...(this.retryable !== undefined && { retryable: this.retryable }),
      requestId,
    };
  }
}

function sentence(code: string): string {
  const words = code.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
