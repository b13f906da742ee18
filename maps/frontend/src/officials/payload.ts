/** What the server hands the map to draw (`maps/selectors/map_payload.py`), and when it must be asked again. */

import type { Feature, FeatureCollection, Point, Polygon } from "geojson";

export interface CellProperties {
  key: string;
  count: number;
  position: number | null;
}

export interface AreaFigure {
  key: string;
  name: string;
  count: number;
  value: number | null;
  position: number | null;
  at: [number, number] | null;
}

export type Box = [west: number, south: number, east: number, north: number];

export interface Payload {
  mode: "cells" | "areas";
  level: string;
  place: string;
  classes: { colour: string; ink: string }[];
  /** Zooms, from the first up to the second, at which these cells are the right size; null for areas. */
  zooms: [number, number] | null;
  /** Outside of this box cells were left out; null where none was. */
  within: Box | null;
  cells: Feature<Polygon, CellProperties>[];
  areas: AreaFigure[];
  picked: GeoJSON.Geometry | null;
  key: string;
  points: FeatureCollection<Point, { category: string }>;
  words: { unit: string };
  /** First day of the period, and the day after today: what a relative period means today. */
  since: string;
  tomorrow: string;
}

/** Where to write the number of a spot, and what. */
export interface Label {
  lon: number;
  lat: number;
  text: string;
  position: number;
}

function middle(ring: GeoJSON.Position[]): [number, number] {
  const corners = ring.slice(0, -1);
  const sum = corners.reduce<[number, number]>(([x, y], [lon = 0, lat = 0]) => [x + lon, y + lat], [0, 0]);
  return [sum[0] / corners.length, sum[1] / corners.length];
}

export function labelsOf(payload: Payload): Label[] {
  if (payload.mode === "cells") {
    return payload.cells.flatMap(({ geometry, properties }) => {
      const ring = geometry.coordinates[0];
      if (!ring || properties.position === null) return [];
      const [lon, lat] = middle(ring);
      return [{ lon, lat, text: String(properties.count), position: properties.position }];
    });
  }
  return payload.areas.flatMap(({ at, value, position }) =>
    at && value !== null && position !== null
      ? [{ lon: at[0], lat: at[1], text: String(value), position }]
      : [],
  );
}

/** Whether the map looks at what the server was not asked for: other cell sizes, or beyond what it sent. */
export function isStale(payload: Payload, zoom: number, view: Box): boolean {
  if (payload.zooms && (zoom < payload.zooms[0] || zoom >= payload.zooms[1])) return true;
  if (!payload.within) return false;
  const [west, south, east, north] = payload.within;
  return view[0] < west || view[1] < south || view[2] > east || view[3] > north;
}
