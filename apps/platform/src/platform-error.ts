export type PlatformErrorCode =
  | 'data_in_use'
  | 'port_in_use'
  | 'too_few_connections'
  | 'database_not_started'
  | 'invalid_definitions';

/** The platform cannot be started as it was asked to; the message says what, why and what to do. */
export class PlatformError extends Error {
  readonly code: PlatformErrorCode;

  constructor(code: PlatformErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PlatformError';
    this.code = code;
  }
}
