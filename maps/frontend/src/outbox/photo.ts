/**
 * A photo on its way into the outbox: at most 2048 px on its longer side, orientation as seen, EXIF kept.
 *
 * The browser's canvas drops EXIF, but time and place of the shot are evidence that the server reads before it strips
 * them. So the block is carried over, with its orientation set to "as stored", since the pixels are already upright.
 */

import { sha256Hex } from "./hash";

export const MAX_SIDE_PX = 2048;
const JPEG_QUALITY = 0.85;
const SMALL_BYTES = 1_500_000;
/** What the server takes in one photo. */
export const MAX_PHOTO_BYTES = 10 * 1024 * 1024;

export interface PreparedPhoto {
  bytes: ArrayBuffer;
  sha256: string;
  type: string;
  /** False where this browser cannot draw the kind (HEIC): the server can. */
  preview: boolean;
}

export interface Size {
  width: number;
  height: number;
}

/** Size within the limit, same proportions; never enlarged. */
export function fit({ width, height }: Size, limit = MAX_SIDE_PX): Size {
  const scale = Math.min(1, limit / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** Downscale where needed; what this browser cannot read goes to the server as it is. */
export async function preparePhoto(file: Blob): Promise<PreparedPhoto> {
  const original = await file.arrayBuffer();
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return finished(original, file.type || "application/octet-stream", false);
  }
  const size = fit(bitmap);
  if (size.width === bitmap.width && file.type === "image/jpeg" && file.size <= SMALL_BYTES) {
    bitmap.close();
    return finished(original, file.type, true);
  }
  const canvas = document.createElement("canvas");
  canvas.width = size.width;
  canvas.height = size.height;
  const context = canvas.getContext("2d");
  if (!context) return finished(original, file.type, true);
  context.drawImage(bitmap, 0, 0, size.width, size.height);
  bitmap.close();
  const blob = await new Promise<Blob | null>((resolve) => {
    canvas.toBlob(resolve, "image/jpeg", JPEG_QUALITY);
  });
  if (!blob) return finished(original, file.type, true);
  const small = new Uint8Array(await blob.arrayBuffer());
  const exif = exifSegment(new Uint8Array(original));
  return finished((exif ? withSegment(small, exif) : small).buffer, "image/jpeg", true);
}

function finished(bytes: ArrayBuffer, type: string, preview: boolean): PreparedPhoto {
  return { bytes, sha256: sha256Hex(new Uint8Array(bytes)), type, preview };
}

const APP1 = 0xe1;
const START_OF_SCAN = 0xda;
const ORIENTATION_TAG = 0x0112;

/** The EXIF segment of a JPEG, marker included, with orientation 1; null where there is none. */
export function exifSegment(jpeg: Uint8Array): Uint8Array<ArrayBuffer> | null {
  if (jpeg[0] !== 0xff || jpeg[1] !== 0xd8) return null;
  const view = new DataView(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength);
  let at = 2;
  while (at + 4 <= jpeg.length && jpeg[at] === 0xff && jpeg[at + 1] !== START_OF_SCAN) {
    const length = view.getUint16(at + 2) + 2;
    const isExif = jpeg[at + 1] === APP1 && String.fromCharCode(...jpeg.subarray(at + 4, at + 8)) === "Exif";
    if (isExif && at + length <= jpeg.length) return upright(jpeg.slice(at, at + length));
    at += length;
  }
  return null;
}

function upright(segment: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const tiff = 10; // marker 2, length 2, "Exif\0\0" 6
  if (segment.length < tiff + 8) return segment;
  const view = new DataView(segment.buffer);
  const little = view.getUint16(tiff) === 0x4949;
  const directory = tiff + view.getUint32(tiff + 4, little);
  if (directory + 2 > segment.length) return segment;
  const entries = view.getUint16(directory, little);
  for (let i = 0; i < entries; i++) {
    const entry = directory + 2 + 12 * i;
    if (entry + 12 > segment.length) break;
    if (view.getUint16(entry, little) === ORIENTATION_TAG) view.setUint16(entry + 8, 1, little);
  }
  return segment;
}

/** A JPEG with a segment put in right after its start, where EXIF belongs. */
export function withSegment(jpeg: Uint8Array, segment: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(jpeg.length + segment.length);
  joined.set(jpeg.subarray(0, 2), 0);
  joined.set(segment, 2);
  joined.set(jpeg.subarray(2), 2 + segment.length);
  return joined;
}
