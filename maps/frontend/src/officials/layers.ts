/** Cells or areas in the colours of the legend, their numbers, what is picked, the cases of the list. */

import type { ExpressionSpecification, FilterSpecification, GeoJSONSource, Map as MapLibre } from "maplibre-gl";
import type { FeatureCollection, Point } from "geojson";
import type { MapConfig } from "../map/config";
import { caseImage } from "../map/style";
import { labelsOf, type Payload } from "./payload";

const FONT = ["PingFang SC Bold, Noto Sans CJK SC Bold, Noto Sans SC, Microsoft YaHei, sans-serif"];
const MARK = "#b3125d";
const NOTHING: FeatureCollection = { type: "FeatureCollection", features: [] };
const CLEAR = "rgba(0,0,0,0)";

const byPosition = (
  position: ExpressionSpecification,
  colours: string[],
  other: string,
): ExpressionSpecification | string =>
  colours.length
    ? (["match", position, ...colours.flatMap((colour, number) => [number, colour]), other] as unknown as ExpressionSpecification)
    : other;

const ofKey = (name: string, key: string): FilterSpecification => ["==", ["get", name], key];

export class SpotLayers {
  private units = "";

  constructor(
    private readonly map: MapLibre,
    private readonly config: MapConfig,
  ) {}

  /** Layers that answer to the pointer. */
  get touched(): string[] {
    return ["cells-fill", "units-fill"].filter((id) => this.map.getLayer(id) !== undefined);
  }

  draw(payload: Payload): void {
    this.drawCells(payload);
    this.drawUnits(payload);
    this.drawLabels(payload);
    this.data("picked", payload.picked ?? NOTHING);
    this.data("found", payload.points);
    this.frame();
  }

  /** Mark a cell or an area under the pointer or of a row; empty for none. */
  light(key: string): void {
    if (this.map.getLayer("cells-lit")) this.map.setFilter("cells-lit", ofKey("key", key));
    if (this.map.getLayer("units-lit")) this.map.setFilter("units-lit", ofKey("code", key));
  }

  /** A dot where the case of a row lies; null for none. */
  dot(at: [number, number] | null): void {
    const point: Point | null = at && { type: "Point", coordinates: at };
    this.data("dot", point ?? NOTHING);
    if (this.map.getLayer("dot")) return;
    this.map.addLayer({
      id: "dot",
      type: "circle",
      source: "dot",
      paint: { "circle-radius": 8, "circle-color": MARK, "circle-stroke-color": "#ffffff", "circle-stroke-width": 3 },
    });
  }

  private data(id: string, data: GeoJSON.GeoJSON): void {
    const source = this.map.getSource<GeoJSONSource>(id);
    if (source) void source.setData(data);
    else this.map.addSource(id, { type: "geojson", data });
  }

  /** Below outlines and names, so that one finds one's way. */
  private get below(): string | undefined {
    return this.map.getLayer("area-grid") ? "area-grid" : undefined;
  }

  private drawCells(payload: Payload): void {
    const colour = byPosition(["get", "position"], payload.classes.map((entry) => entry.colour), CLEAR);
    this.data("cells", { type: "FeatureCollection", features: payload.mode === "cells" ? payload.cells : [] });
    if (this.map.getLayer("cells-fill")) {
      this.map.setPaintProperty("cells-fill", "fill-color", colour);
      return;
    }
    this.map.addLayer(
      { id: "cells-fill", type: "fill", source: "cells", paint: { "fill-color": colour, "fill-opacity": 0.78 } },
      this.below,
    );
    this.map.addLayer(
      { id: "cells-line", type: "line", source: "cells", paint: { "line-color": "#ffffff", "line-width": 0.8 } },
      this.below,
    );
    this.map.addLayer({
      id: "cells-lit",
      type: "line",
      source: "cells",
      filter: ofKey("key", ""),
      paint: { "line-color": MARK, "line-width": 3 },
    });
  }

  private drawUnits(payload: Payload): void {
    const wanted = payload.mode === "areas" ? `${payload.place}:${payload.level}` : "";
    if (this.units !== wanted) {
      for (const id of ["units-fill", "units-line", "units-lit"]) {
        if (this.map.getLayer(id)) this.map.removeLayer(id);
      }
      if (this.map.getSource("units")) this.map.removeSource("units");
      if (wanted) this.addUnits(payload);
      this.units = wanted;
    }
    if (!wanted) return;
    this.map.setPaintProperty("units-fill", "fill-color", this.unitColour(payload));
    this.map.removeFeatureState({ source: "units", sourceLayer: "areas" });
    for (const area of payload.areas) {
      if (area.position === null) continue;
      this.map.setFeatureState({ source: "units", sourceLayer: "areas", id: area.key }, { position: area.position });
    }
  }

  private unitColour(payload: Payload): ExpressionSpecification | string {
    const position: ExpressionSpecification = ["coalesce", ["feature-state", "position"], -1];
    return byPosition(position, payload.classes.map((entry) => entry.colour), CLEAR);
  }

  private addUnits(payload: Payload): void {
    const query = new URLSearchParams({ level: payload.level, place: payload.place });
    this.map.addSource("units", {
      type: "vector",
      url: `/tiles/areas.json?${query.toString()}`,
      promoteId: { areas: "code" },
    });
    const shared = { source: "units", "source-layer": "areas" } as const;
    this.map.addLayer(
      { id: "units-fill", type: "fill", ...shared, paint: { "fill-color": CLEAR, "fill-opacity": 0.78 } },
      this.below,
    );
    this.map.addLayer(
      { id: "units-line", type: "line", ...shared, paint: { "line-color": "#ffffff", "line-width": 1 } },
      this.below,
    );
    this.map.addLayer({
      id: "units-lit",
      type: "line",
      ...shared,
      filter: ofKey("code", ""),
      paint: { "line-color": MARK, "line-width": 3 },
    });
  }

  private drawLabels(payload: Payload): void {
    this.data("spot-labels", {
      type: "FeatureCollection",
      features: labelsOf(payload).map(({ lon, lat, text, position }) => ({
        type: "Feature",
        geometry: { type: "Point", coordinates: [lon, lat] },
        properties: { text, position },
      })),
    });
    const ink = byPosition(["get", "position"], payload.classes.map((entry) => entry.ink), "#000000");
    const halo = byPosition(["get", "position"], payload.classes.map((entry) => entry.colour), "#ffffff");
    if (this.map.getLayer("spot-labels")) {
      this.map.setPaintProperty("spot-labels", "text-color", ink);
      this.map.setPaintProperty("spot-labels", "text-halo-color", halo);
      return;
    }
    this.map.addLayer({
      id: "spot-labels",
      type: "symbol",
      source: "spot-labels",
      layout: { "text-field": ["get", "text"], "text-font": FONT, "text-size": 13, "text-padding": 0 },
      paint: { "text-color": ink, "text-halo-color": halo, "text-halo-width": 1 },
    });
  }

  /** What is picked lies on top of all; its cases carry the signs of their kinds. */
  private frame(): void {
    if (this.map.getLayer("picked")) return;
    this.map.addLayer({
      id: "picked",
      type: "line",
      source: "picked",
      layout: { "line-join": "round" },
      paint: { "line-color": MARK, "line-width": 4 },
    });
    this.map.addLayer({
      id: "found",
      type: "symbol",
      source: "found",
      layout: { "icon-image": caseImage(this.config), "icon-size": 0.7, "icon-allow-overlap": true },
    });
  }
}
