import type { Ids } from '@taskflow/kit-time';
import { Chance } from './chance.ts';
import type { Kernel } from './kernel.ts';
import { epochMs } from './virtual-clock.ts';

/** Ids as production makes them, from the seed: `next` in the order of time, `token` without any. */
export function seededIds(kernel: Kernel, seed: number): Ids {
  const chance = new Chance(seed, 'ids');
  let count = 0;
  const hex = (digits: number) =>
    Math.floor(chance.next() * 16 ** digits)
      .toString(16)
      .padStart(digits, '0');
  return {
    next: () => {
      count += 1;
      const time = (epochMs + kernel.now).toString(16).padStart(12, '0');
      const place = (count & 0xfff).toString(16).padStart(3, '0');
      return `${time.slice(0, 8)}-${time.slice(8)}-7${place}-8${hex(3)}-${hex(6)}${hex(6)}`;
    },
    token: () => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(6)}${hex(6)}`,
  };
}
