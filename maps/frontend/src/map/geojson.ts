/** The GeoJSON of a form field: read, taken apart for editing, put together again. Nothing is simplified away. */

import type { Geometry, Polygon, Position } from "geojson";
import type { Shape } from "./draw";
import { rounded, type Affected } from "./geometry";

export type GeometryKind = Shape | "MultiPolygon" | "Geometry";

/** Read GeoJSON text; null for nothing, and for what is no geometry. */
export function readGeometry(text: string): Geometry | null {
  if (!text.trim()) return null;
  try {
    const value = JSON.parse(text) as { type?: string; geometry?: Geometry };
    if (value.type === "Feature") return value.geometry ?? null;
    return "coordinates" in value ? (value as unknown as Geometry) : null;
  } catch {
    return null;
  }
}

/** The pieces that can be edited one by one; null when the map cannot edit it (holes, several lines). */
export function editable(geometry: Geometry | null): Affected[] | null {
  if (geometry === null) return [];
  const whole = (rings: Position[][]) => rings.length === 1;
  switch (geometry.type) {
    case "Point":
    case "LineString":
      return [rounded(geometry)];
    case "Polygon":
      return whole(geometry.coordinates) ? [rounded(geometry)] : null;
    case "MultiPolygon":
      return geometry.coordinates.every(whole)
        ? geometry.coordinates.map((coordinates): Polygon => rounded({ type: "Polygon", coordinates }))
        : null;
    case "MultiPoint":
    case "MultiLineString":
    case "GeometryCollection":
      return null;
  }
}

/** GeoJSON text for the form field. */
export function writeGeometry(pieces: Affected[], kind: GeometryKind): string {
  if (pieces.length === 0) return "";
  if (kind === "MultiPolygon") {
    const polygons = pieces.filter((piece): piece is Polygon => piece.type === "Polygon");
    return JSON.stringify({ type: "MultiPolygon", coordinates: polygons.map((polygon) => rounded(polygon).coordinates) });
  }
  const last = pieces[pieces.length - 1];
  return last ? JSON.stringify(rounded(last)) : "";
}
