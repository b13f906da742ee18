/** Settings of a map page, written by the view as `json_script` (`maps/views/pageconfig.py`). */

import { pageJson } from "../ui/dom";
import type { Icon } from "./symbols";

export interface Basemap {
  /** Raster tile address with {z}/{x}/{y}; empty for none. */
  url: string;
  datum: "wgs84" | "gcj02";
  attribution: string;
  review_number: string;
}

export interface CategoryInfo {
  key: string;
  name: string;
  group: string;
  icon: Icon;
  geometry: ("point" | "line" | "area")[];
  danger: boolean;
  sensitive: boolean;
  /** 1–6 among the tiles that come first; null otherwise. */
  commonest: number | null;
  keywords: string[];
  duplicate_radius_m: number;
}

export interface EmergencyNumber {
  number: string;
  name: string;
  /** Kinds that it is meant for. */
  categories: string[];
  /** Shown for any danger. */
  always: boolean;
}

export interface MapConfig {
  place: { slug: string; name: string; time_zone: string; is_demo: boolean } | null;
  /** West, south, east, north of the place; null where no boundary generation is active. */
  bounds: [number, number, number, number] | null;
  /** Where to begin: the asker's own grid, else the place. */
  start: [number, number, number, number] | null;
  basemap: Basemap;
  categories: CategoryInfo[];
  groups: { key: string; name: string }[];
  emergency_numbers: EmergencyNumber[];
  levels: { key: string; name: string }[];
  leaf_level: string;
}

/** Settings of a map inside a page: its own, else the page's. */
export function configOf(element: HTMLElement): MapConfig {
  const own = `${element.dataset.input ?? ""}-config`;
  return pageJson<MapConfig>(document.getElementById(own) ? own : "page-config");
}
