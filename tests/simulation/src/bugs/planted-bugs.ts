import type { Planted } from '../world.ts';

export const plantedBugs: Record<string, Planted> = {};
