/** Make a map. Loaded on demand (`import("./map/create")`), so that no form ever waits for MapLibre. */

import {
  AttributionControl,
  type LngLatBoundsLike,
  Map as MapLibre,
  type MapOptions,
  ScaleControl,
  setWorkerUrl,
} from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import "maplibre-gl/dist/maplibre-gl.css";
import { gettext } from "../i18n";
import type { MapConfig } from "./config";
import { registerGcj02 } from "./gcj02";
import { styleOf, type StyleOptions } from "./style";
import { drawIconsFor } from "./symbols";
import { currentTheme } from "./theme";

// The worker is a file of ours, so that `worker-src 'self'` is enough: no blob, no eval.
setWorkerUrl(workerUrl);

/** This device draws no WebGL: old phones, remote desktops. */
export class NoWebGL extends Error {
  constructor() {
    super(gettext("This device cannot draw the map. Choose the building from the list instead."));
    this.name = "NoWebGL";
  }
}

export interface CreateOptions extends Partial<StyleOptions> {
  container: HTMLElement;
  bounds?: LngLatBoundsLike | null;
  interactive?: boolean;
  /** Name of the map for screen readers. */
  label: string;
  onError?: (words: string) => void;
}

function hasWebGL(): boolean {
  const canvas = document.createElement("canvas");
  return canvas.getContext("webgl2") !== null;
}

let gcj02Ready = false;

/**
 * Make a map that lies flat and looks north, with our style.
 *
 * @throws NoWebGL when the device has no WebGL 2.
 */
export function createMap(config: MapConfig, options: CreateOptions): MapLibre {
  if (!hasWebGL()) throw new NoWebGL();
  if (config.basemap.url && config.basemap.datum === "gcj02" && !gcj02Ready) {
    registerGcj02(config.basemap.url);
    gcj02Ready = true;
  }
  const bounds = options.bounds ?? config.start ?? config.bounds;
  const settings: MapOptions = {
    container: options.container,
    style: styleOf(config, currentTheme(), { cases: options.cases ?? "" }),
    interactive: options.interactive ?? true,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    maxPitch: 0,
    minZoom: 8,
    maxZoom: 20,
    fadeDuration: 150,
    // Without a glyph server every letter is drawn here; the style names the fonts.
    localIdeographFontFamily: false,
    // Tile addresses may be relative to the site; the worker would take them relative to its own file.
    transformRequest: (url) => ({ url: new URL(url, location.href).href, credentials: "same-origin" }),
    locale: {
      "AttributionControl.ToggleAttribution": gettext("Map sources"),
      "Map.Title": options.label,
      "CooperativeGesturesHandler.WindowsHelpText": gettext("Hold Ctrl and scroll to zoom the map"),
      "CooperativeGesturesHandler.MacHelpText": gettext("Hold ⌘ and scroll to zoom the map"),
      "CooperativeGesturesHandler.MobileHelpText": gettext("Move the map with two fingers"),
    },
    ...(bounds ? { bounds, fitBoundsOptions: { padding: 24 } } : { center: [117, 36.7] as [number, number], zoom: 9 }),
  };
  const map = new MapLibre(settings);
  map.touchZoomRotate.disableRotation();
  map.keyboard.disable();
  map.addControl(new ScaleControl({ maxWidth: 90 }), "bottom-left");
  const credit = config.place?.is_demo ? { customAttribution: gettext("Simulated data") } : {};
  map.addControl(new AttributionControl({ compact: true, ...credit }), "bottom-right");
  map.on("error", (event) => {
    console.warn("map", event.error.message);
    options.onError?.(event.error.message);
  });
  drawIconsFor(map);
  return map;
}

/** Redraw in day or night colours when either is switched. */
export function followTheme(map: MapLibre, config: MapConfig, options: StyleOptions): void {
  const redraw = () => {
    map.setStyle(styleOf(config, currentTheme(), options), {
      diff: true,
      // What was added on top (fix, drawing) is not part of the style and must outlive the change.
      transformStyle: (previous, next) => {
        if (!previous) return next;
        const extra = Object.entries(previous.sources).filter(([id]) => !(id in next.sources));
        const kept = new Set(extra.map(([id]) => id));
        return {
          ...next,
          sources: { ...next.sources, ...Object.fromEntries(extra) },
          layers: [...next.layers, ...previous.layers.filter((layer) => "source" in layer && kept.has(layer.source))],
        };
      },
    });
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}

/** Mark the grid and the building under the crosshair. */
export function choose(map: MapLibre, areaCode: string, buildingCode: string): void {
  if (!map.getLayer("area-chosen")) return;
  map.setFilter("area-chosen", ["==", ["get", "code"], areaCode]);
  map.setFilter("area-chosen-line", ["==", ["get", "code"], areaCode]);
  map.setFilter("building-chosen", ["==", ["get", "code"], buildingCode]);
}
