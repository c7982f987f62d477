/** The most that one slice holds; an item that is larger by itself makes a slice of its own. */
export interface SliceBounds {
  readonly rows: number;
  readonly bytes: number;
}

/** Cuts a list into runs of at most so many items and, where one item does not exceed them alone, so many bytes. */
export function slicesOf<T>(items: readonly T[], bytesOf: (item: T) => number, max: SliceBounds): T[][] {
  const slices: T[][] = [];
  let slice: T[] = [];
  let bytes = 0;
  for (const item of items) {
    const weight = bytesOf(item);
    if (slice.length > 0 && (slice.length >= max.rows || bytes + weight > max.bytes)) {
      slices.push(slice);
      slice = [];
      bytes = 0;
    }
    slice.push(item);
    bytes += weight;
  }
  if (slice.length > 0) slices.push(slice);
  return slices;
}
