/**
 * A map that shows or edits the GeoJSON of a text area.
 *
 * `<div data-map-widget data-input="id_x" data-geometry="Point|LineString|Polygon|MultiPolygon|Geometry" [data-readonly]>`
 * with a `[data-map-box]` and the text area inside (`maps/map_box.html`, `maps/map_widget.html`). The text area stays
 * the form's field: whatever cannot be edited on the map is edited there, and nothing is ever simplified away.
 */

import type { GeoJSONSource, Map as MapLibre } from "maplibre-gl";
import type { Geometry, Polygon, Position } from "geojson";
import { gettext } from "../i18n";
import { h, need, pageJson } from "../ui/dom";
import type { MapConfig } from "./config";
import { createMap, followTheme } from "./create";
import { Drawing, type Shape } from "./draw";
import { bounds, rounded, type Affected } from "./geometry";
import { bindKeyboard } from "./keyboard";
import { imageName } from "./symbols";
import { currentTheme } from "./theme";

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

function shapesOf(kind: GeometryKind): Shape[] {
  if (kind === "MultiPolygon") return ["Polygon"];
  return kind === "Geometry" ? ["Point", "LineString", "Polygon"] : [kind];
}

class MapWidget {
  private readonly input: HTMLTextAreaElement;
  private readonly box: HTMLElement;
  private readonly kind: GeometryKind;
  private readonly config: MapConfig;
  private readonly note = h("p", { class: "meta map-widget__note", role: "status" });

  constructor(private readonly element: HTMLElement) {
    const id = element.dataset.input ?? "";
    this.input = need(`#${CSS.escape(id)}`, HTMLTextAreaElement);
    this.box = need("[data-map-box]", HTMLElement, element);
    this.kind = (element.dataset.geometry ?? "Geometry") as GeometryKind;
    this.config = pageJson<MapConfig>(`${id}-config`);
  }

  mount(): void {
    const geometry = readGeometry(this.input.value);
    const extent = geometry && "coordinates" in geometry ? bounds(geometry.coordinates) : null;
    this.box.after(this.note);
    let map: MapLibre;
    try {
      map = createMap(this.config, {
        container: this.box,
        label: this.element.dataset.label ?? gettext("Map"),
        bounds: extent ? widen(extent) : this.config.bounds,
      });
    } catch (error) {
      this.note.textContent = error instanceof Error ? error.message : String(error);
      this.box.hidden = true;
      return;
    }
    followTheme(map, this.config, { cases: "" });
    bindKeyboard(map, map.getCanvas(), () => undefined);
    map.once("load", () => {
      if ("readonly" in this.element.dataset) this.show(map, geometry);
      else this.edit(map, geometry);
    });
  }

  private show(map: MapLibre, geometry: Geometry | null): void {
    if (!geometry) {
      this.note.textContent = gettext("No place is known.");
      return;
    }
    const theme = currentTheme();
    const { shape, colour } = this.element.dataset;
    const source: Parameters<MapLibre["addSource"]>[1] = { type: "geojson", data: geometry };
    map.addSource("shown", source);
    map.addLayer({
      id: "shown-fill",
      type: "fill",
      source: "shown",
      filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "fill-color": theme.primary, "fill-opacity": 0.2 },
    });
    map.addLayer({
      id: "shown-line",
      type: "line",
      source: "shown",
      filter: ["!=", ["geometry-type"], "Point"],
      paint: { "line-color": theme.primary, "line-width": 4 },
    });
    if (shape && colour && map.hasImage(imageName({ shape, colour }))) {
      map.addLayer({
        id: "shown-mark",
        type: "symbol",
        source: "shown",
        filter: ["==", ["geometry-type"], "Point"],
        layout: { "icon-image": imageName({ shape, colour }), "icon-size": 1.2, "icon-allow-overlap": true },
      });
      return;
    }
    map.addLayer({
      id: "shown-point",
      type: "circle",
      source: "shown",
      filter: ["==", ["geometry-type"], "Point"],
      paint: {
        "circle-radius": 9,
        "circle-color": theme.primary,
        "circle-stroke-color": "#ffffff",
        "circle-stroke-width": 3,
      },
    });
  }

  private edit(map: MapLibre, geometry: Geometry | null): void {
    const pieces = editable(geometry);
    if (pieces === null) {
      this.show(map, geometry);
      this.note.textContent = gettext("This shape has holes or several parts: edit it as GeoJSON below.");
      this.input.addEventListener("change", () => {
        const changed = readGeometry(this.input.value);
        if (changed) void map.getSource<GeoJSONSource>("shown")?.setData(changed);
      });
      return;
    }
    const drawing = new Drawing(map, currentTheme().primary as `#${string}`, {
      single: this.kind !== "MultiPolygon",
      onChange: (found) => {
        this.input.value = writeGeometry(found, this.kind);
      },
    });
    const take = (text: string): boolean => {
      const given = editable(readGeometry(text));
      if (given === null || (given.length === 0 && text.trim() !== "")) return false;
      try {
        drawing.load(given);
        return true;
      } catch (error) {
        console.warn("map widget", error);
        return false;
      }
    };
    if (!take(this.input.value)) {
      this.show(map, geometry);
      this.note.textContent = gettext("This shape cannot be edited on the map: edit it as GeoJSON below.");
      return;
    }
    this.input.addEventListener("change", () => {
      this.note.textContent = take(this.input.value) ? "" : gettext("This is no GeoJSON that the map can show.");
    });
    this.box.before(this.toolbar(map, drawing));
  }

  private toolbar(map: MapLibre, drawing: Drawing): HTMLElement {
    const names: Record<Shape, string> = {
      Point: gettext("Set the point"),
      LineString: gettext("Draw a line"),
      Polygon: gettext("Draw an area"),
    };
    const button = (words: string, onclick: () => void) =>
      h("button", { type: "button", class: "btn", onclick }, words);
    return h(
      "div",
      { class: "cluster map-widget__tools", role: "toolbar", "aria-label": gettext("Drawing") },
      ...shapesOf(this.kind).map((shape) =>
        button(names[shape], () => {
          this.note.textContent =
            shape === "Point"
              ? gettext("Tap the map.")
              : gettext("Tap point after point; tap the last one again, or press Enter, to finish.");
          drawing.start(shape);
        }),
      ),
      // Without a pointer: move the map with the arrow keys, then set a point in its middle.
      button(gettext("Point in the middle"), () => {
        const { width, height } = map.getCanvas().getBoundingClientRect();
        if (!drawing.drawing) drawing.start(shapesOf(this.kind)[0] ?? "Point");
        drawing.addAt(width / 2, height / 2);
      }),
      button(gettext("Done"), () => {
        drawing.finish();
      }),
      button(gettext("Remove"), () => {
        drawing.clear();
      }),
    );
  }
}

/** A point has no size: show it with its surroundings. */
function widen([west, south, east, north]: [number, number, number, number]): [number, number, number, number] {
  const margin = Math.max(0.0008, (east - west) * 0.2, (north - south) * 0.2);
  return [west - margin, south - margin, east + margin, north + margin];
}

/** Bring up every map below an element; ones that are up already are left. */
export function mountAll(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLElement>("[data-map-widget]:not([data-mounted])")) {
    element.dataset.mounted = "";
    new MapWidget(element).mount();
  }
}
