/**
 * A map that shows or edits the GeoJSON of a text area.
 *
 * `<div data-map-widget data-input="id_x" data-geometry="Point|LineString|Polygon|MultiPolygon|Geometry" [data-readonly]>`
 * with a `[data-map-box]` and the text area inside (`maps/map_box.html`, `maps/map_widget.html`). The text area stays
 * the form's field: whatever cannot be edited on the map is edited there, and nothing is ever simplified away.
 */

import type { Map as MapLibre } from "maplibre-gl";
import type { Geometry } from "geojson";
import { gettext } from "../i18n";
import { h, need } from "../ui/dom";
import { configOf, type MapConfig } from "./config";
import { createMap, followTheme } from "./create";
import { Drawing, type Shape } from "./draw";
import { editable, readGeometry, writeGeometry, type GeometryKind } from "./geojson";
import { bounds, widen } from "./geometry";
import { bindKeyboard } from "./keyboard";
import { PinPicker, ViewBox } from "./boxes";
import { showGeometry } from "./shown";
import { currentTheme } from "./theme";

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
    this.config = configOf(element);
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
    const { shape, colour } = this.element.dataset;
    showGeometry(map, this.config, geometry, shape && colour ? { shape, colour } : null);
  }

  private edit(map: MapLibre, geometry: Geometry | null): void {
    const pieces = editable(geometry);
    if (pieces === null) {
      this.show(map, geometry);
      this.note.textContent = gettext("This shape has holes or several parts: edit it as GeoJSON below.");
      this.input.addEventListener("change", () => {
        const changed = readGeometry(this.input.value);
        if (changed) this.show(map, changed);
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

function make(element: HTMLElement): { mount(): void } {
  switch (element.dataset.mapWidget ?? "") {
    case "view":
      return new ViewBox(element, configOf(element));
    case "point":
      return new PinPicker(element, configOf(element));
    default:
      return new MapWidget(element);
  }
}

// A map in a closed fold has no size to draw in: each comes up when it is first seen.
const seen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting || !(target instanceof HTMLElement)) continue;
    seen.unobserve(target);
    make(target).mount();
  }
});

/** Bring up every map below an element as soon as it is seen; ones that are up already are left. */
export function mountAll(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLElement>("[data-map-widget]:not([data-mounted])")) {
    element.dataset.mounted = "";
    seen.observe(element);
  }
}
