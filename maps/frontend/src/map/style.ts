/**
 * Our own style: the deployment's areas and buildings as vector tiles on a plain ground.
 *
 * There is no `glyphs` address on purpose: MapLibre 6 then draws every letter with the device's own fonts, so that
 * Chinese, Korean and Latin need no font server.
 */

import type {
  ExpressionSpecification,
  FilterSpecification,
  LayerSpecification,
  StyleSpecification,
  SymbolLayerSpecification,
} from "maplibre-gl";
import { language } from "../i18n";
import type { MapConfig } from "./config";
import { imageName } from "./symbols";
import type { Theme } from "./theme";

const FONT = ["PingFang SC, Noto Sans CJK SC, Noto Sans SC, Microsoft YaHei, Noto Sans CJK KR, sans-serif"];
const FONT_BOLD = ["PingFang SC Bold, Noto Sans CJK SC Bold, Microsoft YaHei Bold, sans-serif"];

export interface StyleOptions {
  /** TileJSON of the cases to show, with its filters; empty for none. The tiles decide what the asker may see. */
  cases: string;
}

interface LevelLook {
  level: string;
  minzoom: number;
  width: ExpressionSpecification;
  colour: keyof Theme;
  label: { from: number; to: number; size: ExpressionSpecification; bold?: boolean };
}

/** The name in the reader's language, where the tile has one. */
function nameOf(): ExpressionSpecification {
  if (!language().startsWith("en")) return ["get", "name"];
  return ["case", ["==", ["coalesce", ["get", "name_en"], ""], ""], ["get", "name"], ["get", "name_en"]];
}

const byZoom = (...stops: number[]): ExpressionSpecification =>
  ["interpolate", ["linear"], ["zoom"], ...stops] as ExpressionSpecification;

const LEVELS: LevelLook[] = [
  {
    level: "grid",
    minzoom: 14,
    width: byZoom(14, 0.4, 16, 1.1, 19, 2.2),
    colour: "grid",
    label: { from: 16.1, to: 24, size: byZoom(16.1, 11, 19, 15) },
  },
  {
    level: "block",
    minzoom: 13,
    width: byZoom(13, 0.6, 16, 1.8, 19, 3),
    colour: "block",
    label: { from: 14, to: 16.6, size: byZoom(14, 11, 16.6, 15), bold: true },
  },
  {
    level: "community",
    minzoom: 10,
    width: byZoom(10, 0.8, 14, 2.2, 19, 4),
    colour: "community",
    label: { from: 11.5, to: 14.6, size: byZoom(11.5, 12, 14.6, 18), bold: true },
  },
  {
    level: "subdistrict",
    minzoom: 8,
    width: byZoom(8, 1, 14, 3, 19, 5),
    colour: "subdistrict",
    label: { from: 8, to: 12.4, size: byZoom(8, 11, 12.4, 18), bold: true },
  },
];

const ofLevel = (level: string): FilterSpecification => ["==", ["get", "level"], level];

function areaLayers(theme: Theme): LayerSpecification[] {
  const lines = LEVELS.map((look): LayerSpecification => ({
    id: `area-${look.level}`,
    type: "line",
    source: "areas",
    "source-layer": "areas",
    minzoom: look.minzoom,
    filter: ofLevel(look.level),
    layout: { "line-join": "round", "line-cap": "round" },
    paint: {
      "line-color": theme[look.colour],
      "line-width": look.width,
      "line-opacity": 0.9,
    },
  }));
  return lines;
}

function areaLabels(theme: Theme): LayerSpecification[] {
  return [...LEVELS].reverse().map((look): SymbolLayerSpecification => ({
    id: `label-${look.level}`,
    type: "symbol",
    source: "areas",
    "source-layer": "area_labels",
    minzoom: look.label.from,
    maxzoom: look.label.to,
    filter: ofLevel(look.level),
    layout: {
      "text-field": nameOf(),
      "text-font": look.label.bold ? FONT_BOLD : FONT,
      "text-size": look.label.size,
      "text-max-width": 8,
      "text-padding": 6,
    },
    paint: {
      "text-color": look.level === "grid" ? theme.gridText : theme[look.colour],
      "text-halo-color": theme.halo,
      "text-halo-width": 1.6,
    },
  }));
}

const ofKind = (...kinds: string[]): FilterSpecification => ["in", ["get", "kind"], ["literal", kinds]];

function groundLayers(theme: Theme): LayerSpecification[] {
  const kinds: [string, FilterSpecification, string][] = [
    ["green", ofKind("park", "green", "sports"), theme.green],
    ["water", ofKind("water"), theme.water],
    ["campus", ofKind("school", "hospital", "industrial"), theme.campus],
  ];
  return kinds.map(([id, filter, colour]) => ({
    id: `ground-${id}`,
    type: "fill",
    source: "ground",
    "source-layer": "ground",
    filter,
    paint: { "fill-color": colour },
  }));
}

const RANKS: [rank: string, metres: number, casing: number][] = [
  ["lane", 4, 0.5],
  ["local", 7, 0.75],
  ["secondary", 14, 1],
  ["arterial", 22, 1],
];

/** Width of a road: its metres on the ground from zoom 16 on, never thinner than can be seen. */
function roadWidth(metres: number, casing: number): ExpressionSpecification {
  // One metre at 37° N is 0.42 px at zoom 16 with 512 px tiles, and twice as much with every zoom.
  const metre_px = 0.52;
  const width: ExpressionSpecification = ["coalesce", ["get", "width_m"], metres];
  return [
    "interpolate",
    ["exponential", 2],
    ["zoom"],
    10,
    0.4 + casing,
    14,
    ["+", ["max", 0.6, ["*", width, metre_px / 4]], casing],
    20,
    ["+", ["*", width, metre_px * 16], 2 * casing],
  ] as ExpressionSpecification;
}

function roadLayers(theme: Theme): LayerSpecification[] {
  const layer = (kind: "casing" | "road", rank: string, metres: number, casing: number): LayerSpecification => ({
    id: `${kind}-${rank}`,
    type: "line",
    source: "roads",
    "source-layer": "roads",
    filter: ["==", ["get", "rank"], rank],
    layout: { "line-cap": "round", "line-join": "round" },
    paint: {
      "line-color": kind === "casing" ? theme.roadCasing : rank === "arterial" ? theme.roadMain : theme.road,
      "line-width": roadWidth(metres, kind === "casing" ? casing * 2 : 0),
    },
  });
  return [
    ...RANKS.map(([rank, metres, casing]) => layer("casing", rank, metres, casing)),
    ...RANKS.map(([rank, metres]) => layer("road", rank, metres, 0)),
  ];
}

function roadLabels(theme: Theme): LayerSpecification {
  return {
    id: "label-road",
    type: "symbol",
    source: "roads",
    "source-layer": "roads",
    minzoom: 14.5,
    filter: ["!=", ["coalesce", ["get", "name"], ""], ""],
    layout: {
      "symbol-placement": "line",
      "text-field": nameOf(),
      "text-font": FONT,
      "text-size": byZoom(14.5, 11, 18, 14),
      "text-letter-spacing": 0.1,
      "symbol-spacing": 320,
    },
    paint: { "text-color": theme.roadText, "text-halo-color": theme.road, "text-halo-width": 1.4 },
  };
}

function groundLabels(theme: Theme): LayerSpecification {
  return {
    id: "label-ground",
    type: "symbol",
    source: "ground",
    "source-layer": "ground",
    minzoom: 15.5,
    filter: ["!=", ["coalesce", ["get", "name"], ""], ""],
    layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 12, "text-max-width": 7 },
    paint: { "text-color": theme.groundText, "text-halo-color": theme.halo, "text-halo-width": 1.2 },
  };
}

function buildingLayers(theme: Theme): LayerSpecification[] {
  return [
    {
      id: "building",
      type: "fill",
      source: "buildings",
      "source-layer": "buildings",
      minzoom: 14,
      paint: {
        "fill-color": theme.building,
        "fill-opacity": byZoom(14, 0, 15, 1),
        "fill-outline-color": theme.buildingLine,
      },
    },
    // Flat relief: the lower edge is drawn twice, a hair apart, which reads as height without a third dimension.
    {
      id: "building-edge",
      type: "line",
      source: "buildings",
      "source-layer": "buildings",
      minzoom: 15.5,
      paint: {
        "line-color": theme.buildingLine,
        "line-width": byZoom(15.5, 0.6, 19, 1.8),
        "line-translate": byZoomTranslate(),
      },
    },
  ];
}

function byZoomTranslate(): ExpressionSpecification {
  return ["interpolate", ["linear"], ["zoom"], 15.5, ["literal", [0.3, 0.5]], 19, ["literal", [1.2, 2]]];
}

function buildingLabels(theme: Theme): SymbolLayerSpecification[] {
  const label = (id: string, level: string, minzoom: number, size: ExpressionSpecification): SymbolLayerSpecification => ({
    id,
    type: "symbol",
    source: "buildings",
    "source-layer": "building_labels",
    minzoom,
    filter: ofLevel(level),
    layout: {
      "text-field": level === "unit" ? ["get", "name"] : ["coalesce", ["get", "number"], ["get", "name"]],
      "text-font": FONT,
      "text-size": size,
      "text-padding": 2,
      "text-max-width": 7,
    },
    paint: { "text-color": theme.buildingText, "text-halo-color": theme.building, "text-halo-width": 1 },
  });
  return [
    label("label-unit", "unit", 18.6, byZoom(18.6, 10, 20, 13)),
    label("label-building", "building", 16.2, byZoom(16.2, 11, 19, 16)),
  ];
}

/** Image of a case by its category; what a newer profile brought shows as the sign of `unsorted`. */
export function caseImage(config: Pick<MapConfig, "categories">): ExpressionSpecification | string {
  const known = config.categories.map((category) => [category.key, imageName(category.icon)]).flat();
  const fallback = config.categories.find((category) => category.key === "unsorted");
  const other = fallback ? imageName(fallback.icon) : "mark-diamond-black";
  return known.length ? (["match", ["get", "category"], ...known, other] as unknown as ExpressionSpecification) : other;
}

function caseLayers(config: MapConfig, theme: Theme): LayerSpecification[] {
  const points: FilterSpecification = ["==", ["geometry-type"], "Point"];
  return [
    {
      id: "case-extent",
      type: "line",
      source: "cases",
      "source-layer": "case_extents",
      minzoom: 14,
      paint: { "line-color": theme.case, "line-width": 3, "line-opacity": 0.7, "line-dasharray": [2, 1] },
    },
    {
      id: "case-cell",
      type: "fill",
      source: "cases",
      "source-layer": "cases",
      filter: ["!", points],
      paint: {
        "fill-color": theme.case,
        "fill-opacity": ["interpolate", ["linear"], ["coalesce", ["get", "count"], 1], 1, 0.12, 20, 0.55],
      },
    },
    {
      id: "case",
      type: "symbol",
      source: "cases",
      "source-layer": "cases",
      minzoom: 14,
      filter: points,
      layout: {
        "icon-image": caseImage(config),
        "icon-size": byZoom(14, 0.5, 17, 0.8, 19, 1),
        "icon-allow-overlap": true,
        "text-optional": true,
      },
    },
  ];
}

/** The whole style for a page. */
export function styleOf(config: MapConfig, theme: Theme, options: StyleOptions): StyleSpecification {
  const raster = config.basemap.url
    ? {
        basemap: {
          type: "raster" as const,
          tiles: [config.basemap.datum === "gcj02" ? "gcj02://{z}/{x}/{y}" : config.basemap.url],
          tileSize: 256,
          attribution: [config.basemap.attribution, config.basemap.review_number].filter(Boolean).join(" · "),
        },
      }
    : {};
  return {
    version: 8,
    sources: {
      areas: { type: "vector", url: "/tiles/areas.json" },
      buildings: { type: "vector", url: "/tiles/buildings.json" },
      roads: { type: "vector", url: "/tiles/roads.json" },
      ground: { type: "vector", url: "/tiles/ground.json" },
      ...(options.cases ? { cases: { type: "vector" as const, url: options.cases } } : {}),
      ...raster,
    },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": theme.ground } },
      ...(config.basemap.url
        ? [{ id: "basemap", type: "raster" as const, source: "basemap", paint: { "raster-opacity": 0.85 } }]
        : []),
      ...groundLayers(theme),
      ...roadLayers(theme),
      ...buildingLayers(theme),
      {
        id: "area-chosen",
        type: "fill",
        source: "areas",
        "source-layer": "areas",
        filter: ["==", ["get", "code"], ""],
        paint: { "fill-color": theme.primary, "fill-opacity": 0.1 },
      },
      ...areaLayers(theme),
      {
        id: "area-chosen-line",
        type: "line",
        source: "areas",
        "source-layer": "areas",
        filter: ["==", ["get", "code"], ""],
        paint: { "line-color": theme.primary, "line-width": 3 },
      },
      {
        id: "building-chosen",
        type: "line",
        source: "buildings",
        "source-layer": "buildings",
        filter: ["==", ["get", "code"], ""],
        paint: { "line-color": theme.primary, "line-width": 3 },
      },
      ...(options.cases ? caseLayers(config, theme) : []),
      groundLabels(theme),
      roadLabels(theme),
      ...buildingLabels(theme),
      ...areaLabels(theme),
    ],
  };
}
