import { randomBytes } from 'node:crypto';

/** A JSON payload of 200 bytes, each different: equal ones would compress to nothing, and flatter whoever compresses. */
export function payloadText(): string {
  const frame = '{"data":""}';
  return `{"data":"${randomBytes(150)
    .toString('base64')
    .slice(0, 200 - frame.length)}"}`;
}
