import { DatabaseError } from './errors.ts';

function refuse(what: string, value: unknown): never {
  throw new DatabaseError(`not ${what}: ${JSON.stringify(value)}`, { sqlstate: '22P02' });
}

const notADigit = 0xff;

/** Value of a hexadecimal digit by its character code. */
const digitValues = new Uint8Array(128).fill(notADigit);
for (const [value, digits] of [...'0123456789abcdef'].map(
  (digit, index) => [index, [digit, digit.toUpperCase()]] as const,
)) {
  for (const digit of digits) digitValues[digit.charCodeAt(0)] = value;
}

/** Where each byte's first digit stands in the text form `8-4-4-4-12`. */
const uuidDigits = Uint8Array.of(0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34);
const uuidLength = 36;
const uuidHyphens = [8, 13, 18, 23] as const;

/** Digit by digit: a pattern test and five hexadecimal writes take three times as long, for every id of every batch. */
export function writeUuid(buffer: Buffer, value: string, offset: number): void {
  let seen = value.length === uuidLength ? 0 : notADigit;
  for (const hyphen of uuidHyphens) if (value.charCodeAt(hyphen) !== 45) seen = notADigit;
  for (let i = 0; i < 16; i += 1) {
    const at = uuidDigits[i] as number;
    const high = digitValues[value.charCodeAt(at)] ?? notADigit;
    const low = digitValues[value.charCodeAt(at + 1)] ?? notADigit;
    seen |= high | low;
    buffer[offset + i] = (high << 4) | low;
  }
  if (seen > 0xf) refuse('a UUID', value);
}

export function writeInt4(buffer: Buffer, value: number, offset: number): void {
  if (!Number.isInteger(value) || value < -0x80000000 || value > 0x7fffffff) refuse('a 32-bit integer', value);
  buffer.writeInt32BE(value, offset);
}

export function writeInt8(buffer: Buffer, value: number, offset: number): void {
  if (!Number.isSafeInteger(value)) refuse('a safe integer', value);
  buffer.writeInt32BE(Math.floor(value / 0x100000000), offset);
  buffer.writeUInt32BE(value >>> 0, offset + 4);
}

/** The server counts microseconds from 2000-01-01 UTC. */
const serverEpochMs = Date.UTC(2000, 0, 1);

export function writeTimestamp(buffer: Buffer, epochMs: number, offset: number): void {
  if (!Number.isFinite(epochMs)) refuse('an instant in epoch milliseconds', epochMs);
  const micros = Math.round((epochMs - serverEpochMs) * 1_000);
  // Past the year 2285 the microseconds no longer fit into a double exactly.
  if (Number.isSafeInteger(micros)) writeInt8(buffer, micros, offset);
  else buffer.writeBigInt64BE(BigInt(Math.round(epochMs) - serverEpochMs) * 1_000n, offset);
}
