/** Small geometry on the sphere, for showing only: what counts is computed by the server in the place's CRS. */

import type { LineString, Point, Polygon, Position } from "geojson";

export type Affected = Point | LineString | Polygon;

const EARTH_RADIUS_M = 6_371_008.8;
const rad = (degrees: number) => (degrees * Math.PI) / 180;

/** Great-circle distance in metres between two positions (lon, lat). */
export function distance_m(a: Position, b: Position): number {
  const [lonA = 0, latA = 0] = a;
  const [lonB = 0, latB = 0] = b;
  const dLat = rad(latB - latA);
  const dLon = rad(lonB - lonA);
  const s = Math.sin(dLat / 2) ** 2 + Math.cos(rad(latA)) * Math.cos(rad(latB)) * Math.sin(dLon / 2) ** 2;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(s)));
}

/** Length in metres; 0 for fewer than two positions. */
export function length_m(line: Position[]): number {
  return line.slice(1).reduce((sum, position, index) => sum + distance_m(line[index] ?? position, position), 0);
}

/** Area in m² of a ring, closed or not; fewer than three positions have none. */
export function area_m2(ring: Position[]): number {
  const [lon0 = 0, lat0 = 0] = ring[0] ?? [];
  const k = rad(1) * EARTH_RADIUS_M;
  const xy = ring.map(([lon = 0, lat = 0]) => [(lon - lon0) * k * Math.cos(rad(lat0)), (lat - lat0) * k] as const);
  let twice = 0;
  for (let i = 0; i < xy.length; i++) {
    const [x1, y1] = xy[i] ?? [0, 0];
    const [x2, y2] = xy[(i + 1) % xy.length] ?? [0, 0];
    twice += x1 * y2 - x2 * y1;
  }
  return Math.abs(twice) / 2;
}

/** A circle as polygon, for the ring of a fix's accuracy. */
export function circle(centre: Position, radius_m: number, corners = 64): Polygon {
  const [lon = 0, lat = 0] = centre;
  const dLat = radius_m / (rad(1) * EARTH_RADIUS_M);
  const dLon = dLat / Math.max(1e-6, Math.cos(rad(lat)));
  const ring = Array.from({ length: corners }, (_, i): Position => {
    const angle = (2 * Math.PI * i) / corners;
    return [lon + dLon * Math.cos(angle), lat + dLat * Math.sin(angle)];
  });
  return { type: "Polygon", coordinates: [[...ring, ring[0] ?? centre]] };
}

/** The position that stands for a drawn geometry: half way along a line, mean of an area's corners. */
export function representative(geometry: Affected): Position {
  if (geometry.type === "Point") return geometry.coordinates;
  if (geometry.type === "LineString") return alongLine(geometry.coordinates, 0.5);
  const ring = geometry.coordinates[0]?.slice(0, -1) ?? [];
  const sum = ring.reduce<[number, number]>(([x, y], [lon = 0, lat = 0]) => [x + lon, y + lat], [0, 0]);
  return [sum[0] / ring.length, sum[1] / ring.length];
}

function alongLine(line: Position[], share: number): Position {
  let left = length_m(line) * share;
  for (let i = 1; i < line.length; i++) {
    const a = line[i - 1] ?? [0, 0];
    const b = line[i] ?? a;
    const step = distance_m(a, b);
    if (step >= left && step > 0) {
      const t = left / step;
      return [(a[0] ?? 0) + t * ((b[0] ?? 0) - (a[0] ?? 0)), (a[1] ?? 0) + t * ((b[1] ?? 0) - (a[1] ?? 0))];
    }
    left -= step;
  }
  return line[line.length - 1] ?? [0, 0];
}

/** Seven decimals are a centimetre: what a finger can mean, and the same bytes each time. */
export function rounded<G extends Affected>(geometry: G): G {
  const round = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(round) : typeof value === "number" ? Math.round(value * 1e7) / 1e7 : value;
  return { type: geometry.type, coordinates: round(geometry.coordinates) } as G;
}

/** West, south, east, north of any coordinates; null when there are none. */
export function bounds(coordinates: unknown): [number, number, number, number] | null {
  let box: [number, number, number, number] | null = null;
  const visit = (value: unknown): void => {
    if (!Array.isArray(value)) return;
    const [lon, lat] = value as unknown[];
    if (typeof lon === "number" && typeof lat === "number") {
      box = box
        ? [Math.min(box[0], lon), Math.min(box[1], lat), Math.max(box[2], lon), Math.max(box[3], lat)]
        : [lon, lat, lon, lat];
    } else value.forEach(visit);
  };
  visit(coordinates);
  return box;
}

/** A box with its surroundings: a point has no size, and a pin without its street says little. */
export function widen([west, south, east, north]: [number, number, number, number]): [number, number, number, number] {
  const margin = Math.max(0.0008, (east - west) * 0.2, (north - south) * 0.2);
  return [west - margin, south - margin, east + margin, north + margin];
}
