/** How a photo travels: one piece after another, so that a tunnel costs 256 kB and not the photo. */

export const CHUNK_BYTES = 256 * 1024;

export interface Chunk {
  start: number;
  /** Exclusive. */
  end: number;
  header: string;
}

/**
 * The pieces that are still to be sent.
 *
 * @param total Bytes of the photo; 0 gives no pieces.
 * @param from Bytes that the server already has.
 */
export function chunks(total: number, from = 0, size = CHUNK_BYTES): Chunk[] {
  const plan: Chunk[] = [];
  for (let start = from; start < total; start += size) {
    const end = Math.min(total, start + size);
    plan.push({ start, end, header: `bytes ${start}-${end - 1}/${total}` });
  }
  return plan;
}
