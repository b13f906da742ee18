/** Maps on case pages: where a case is, and moving its pin under a fixed cross. */

import type { Map as MapLibre } from "maplibre-gl";
import { gettext } from "../i18n";
import { fill, h, pageJson, svg } from "../ui/dom";
import type { MapConfig } from "./config";
import { createMap, followTheme } from "./create";
import { bounds, widen } from "./geometry";
import { bindKeyboard } from "./keyboard";
import { showGeometry } from "./shown";

type Shown = GeoJSON.FeatureCollection<GeoJSON.Geometry>;

function shownIn(element: HTMLElement): Shown | null {
  const id = element.dataset.geojson;
  return id ? pageJson<Shown>(id) : null;
}

function extentOf(shown: Shown | null): [number, number, number, number] | null {
  const all = shown?.features.map(({ geometry }) => ("coordinates" in geometry ? geometry.coordinates : [])) ?? [];
  const box = bounds(all);
  return box ? widen(box) : null;
}

/** Bring up the map; words in its place where the device draws none. */
function begin(element: HTMLElement, config: MapConfig, shown: Shown | null, label: string): MapLibre | null {
  const words = [...element.children];
  try {
    const map = createMap(config, { container: element, label, bounds: extentOf(shown) ?? config.bounds });
    for (const word of words) word.remove();
    followTheme(map, config, { cases: "" });
    bindKeyboard(map, map.getCanvas(), () => undefined);
    return map;
  } catch (error) {
    const note = element.querySelector("p");
    if (note) note.textContent = error instanceof Error ? error.message : String(error);
    return null;
  }
}

/** `data-map-widget="view" data-geojson="ID"`: shows a FeatureCollection of the page. */
export class ViewBox {
  constructor(
    private readonly element: HTMLElement,
    private readonly config: MapConfig,
  ) {}

  mount(): void {
    const shown = shownIn(this.element);
    const map = begin(this.element, this.config, shown, gettext("Where it is"));
    map?.once("load", () => {
      if (shown) showGeometry(map, this.config, shown, null);
    });
  }
}

/**
 * `data-map-widget="point"`: the map moves under a cross, and the form's `[data-lon]` and `[data-lat]` follow. Nothing
 * is filled in before the map has been moved: an untouched map means nothing.
 */
export class PinPicker {
  constructor(
    private readonly element: HTMLElement,
    private readonly config: MapConfig,
  ) {}

  mount(): void {
    const { element } = this;
    const form = element.closest("form");
    const lon = form?.querySelector<HTMLInputElement>("[data-lon]");
    const lat = form?.querySelector<HTMLInputElement>("[data-lat]");
    if (!lon || !lat) throw new Error("a map that picks a point needs [data-lon] and [data-lat] in its form");
    const shown = shownIn(element);
    const map = begin(element, this.config, shown, gettext("Move the map until the cross stands on the spot."));
    if (!map) return;
    map.scrollZoom.enable({ around: "center" });
    map.touchZoomRotate.enable({ around: "center" });
    map.touchZoomRotate.disableRotation();
    const note = h("p", { class: "meta", role: "status" }, gettext("Move the map until the cross stands on the spot."));
    element.append(this.cross());
    element.after(note);
    map.once("load", () => {
      if (shown) showGeometry(map, this.config, shown, null);
      map.on("moveend", () => {
        const centre = map.getCenter();
        lon.value = centre.lng.toFixed(7);
        lat.value = centre.lat.toFixed(7);
        fill(
          note,
          gettext("The pin moves to the cross."),
          " ",
          h(
            "button",
            {
              type: "button",
              class: "btn btn--quiet",
              onclick: () => {
                lon.value = lat.value = "";
                note.textContent = gettext("The pin stays where it is.");
              },
            },
            gettext("Do not move it"),
          ),
        );
      });
    });
  }

  private cross(): SVGElement {
    return svg(
      "svg",
      { class: "map-cross", viewBox: "0 0 64 64", "aria-hidden": "true" },
      svg("circle", { cx: 32, cy: 32, r: 14 }),
      svg("path", { d: "M32 4V22M32 42V60M4 32H22M42 32H60" }),
    );
  }
}
