/**
 * Raster basemaps in GCJ-02 under our WGS 84 geometry.
 *
 * AMap's tiles lie some 400 m off. Within one tile the offset is constant to less than a pixel at street zooms, so a
 * tile of ours is put together from the up to four of theirs that it overlaps once shifted by it.
 */

import { addProtocol } from "maplibre-gl";

const A = 6378245.0;
const EE = 0.006693421622965943;
const TILE = 256;

function shiftLat(x: number, y: number): number {
  return (
    -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * Math.sqrt(Math.abs(x)) +
    ((20 * Math.sin(6 * x * Math.PI) + 20 * Math.sin(2 * x * Math.PI)) * 2) / 3 +
    ((20 * Math.sin(y * Math.PI) + 40 * Math.sin((y / 3) * Math.PI)) * 2) / 3 +
    ((160 * Math.sin((y / 12) * Math.PI) + 320 * Math.sin((y * Math.PI) / 30)) * 2) / 3
  );
}

function shiftLon(x: number, y: number): number {
  return (
    300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * Math.sqrt(Math.abs(x)) +
    ((20 * Math.sin(6 * x * Math.PI) + 20 * Math.sin(2 * x * Math.PI)) * 2) / 3 +
    ((20 * Math.sin(x * Math.PI) + 40 * Math.sin((x / 3) * Math.PI)) * 2) / 3 +
    ((150 * Math.sin((x / 12) * Math.PI) + 300 * Math.sin((x / 30) * Math.PI)) * 2) / 3
  );
}

/** WGS 84 to GCJ-02; outside China nothing is shifted. */
export function toGcj02(lon: number, lat: number): [number, number] {
  if (lon < 72.004 || lon > 137.8347 || lat < 0.8293 || lat > 55.8271) return [lon, lat];
  const radLat = (lat / 180) * Math.PI;
  const magic = 1 - EE * Math.sin(radLat) ** 2;
  const root = Math.sqrt(magic);
  const dLat = (shiftLat(lon - 105, lat - 35) * 180) / (((A * (1 - EE)) / (magic * root)) * Math.PI);
  const dLon = (shiftLon(lon - 105, lat - 35) * 180) / ((A / root) * Math.cos(radLat) * Math.PI);
  return [lon + dLon, lat + dLat];
}

/** Pixel of the world at a zoom, Web Mercator. */
export function worldPixel(lon: number, lat: number, z: number): [number, number] {
  const world = TILE * 2 ** z;
  const s = Math.sin((lat * Math.PI) / 180);
  return [((lon + 180) / 360) * world, (0.5 - Math.log((1 + s) / (1 - s)) / (4 * Math.PI)) * world];
}

function centreOf(z: number, x: number, y: number): [number, number] {
  const n = 2 ** z;
  const lat = (Math.atan(Math.sinh(Math.PI * (1 - (2 * (y + 0.5)) / n))) * 180) / Math.PI;
  return [((x + 0.5) / n) * 360 - 180, lat];
}

export interface Piece {
  x: number;
  y: number;
  /** Where its upper left corner goes, in pixels of our tile. */
  left: number;
  top: number;
}

/** Which of their tiles make up one of ours, and where they go. */
export function pieces(z: number, x: number, y: number): Piece[] {
  const [lon, lat] = centreOf(z, x, y);
  const [wx, wy] = worldPixel(lon, lat, z);
  const [gx, gy] = worldPixel(...toGcj02(lon, lat), z);
  const west = x * TILE + Math.round(gx - wx);
  const north = y * TILE + Math.round(gy - wy);
  const found: Piece[] = [];
  for (let ty = Math.floor(north / TILE); ty * TILE < north + TILE; ty++) {
    for (let tx = Math.floor(west / TILE); tx * TILE < west + TILE; tx++) {
      found.push({ x: tx, y: ty, left: tx * TILE - west, top: ty * TILE - north });
    }
  }
  return found;
}

/** Serve `gcj02://z/x/y` from a template of theirs. */
export function registerGcj02(template: string): void {
  addProtocol("gcj02", async (request, controller) => {
    const [z = 0, x = 0, y = 0] = request.url.replace("gcj02://", "").split("/").map(Number);
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = TILE;
    const context = canvas.getContext("2d");
    if (!context) throw new Error("no canvas to draw the basemap on");
    await Promise.all(
      pieces(z, x, y).map(async (piece) => {
        const url = template
          .replace("{z}", String(z))
          .replace("{x}", String(piece.x))
          .replace("{y}", String(piece.y));
        const response = await fetch(url, { signal: controller.signal });
        if (!response.ok) throw new Error(`basemap tile: ${response.status}`);
        const bitmap = await createImageBitmap(await response.blob());
        context.drawImage(bitmap, piece.left, piece.top, TILE, TILE);
        bitmap.close();
      }),
    );
    return { data: await createImageBitmap(canvas) };
  });
}
