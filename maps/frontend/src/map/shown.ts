/** Showing geometries on a map without editing: the pin with its sign, what was drawn around it. */

import type { GeoJSONSource, Map as MapLibre } from "maplibre-gl";
import type { MapConfig } from "./config";
import { caseImage } from "./style";
import { imageName, type Icon } from "./symbols";
import { currentTheme } from "./theme";

const SOURCE = "shown";

/** Show GeoJSON; called again it takes the place of what was shown. */
export function showGeometry(map: MapLibre, config: MapConfig, data: GeoJSON.GeoJSON, icon: Icon | null): void {
  const source = map.getSource<GeoJSONSource>(SOURCE);
  if (source) {
    void source.setData(data);
    return;
  }
  const theme = currentTheme();
  const isPoint = ["==", ["geometry-type"], "Point"] as ["==", ["geometry-type"], string];
  map.addSource(SOURCE, { type: "geojson", data });
  map.addLayer({
    id: "shown-fill",
    type: "fill",
    source: SOURCE,
    filter: ["==", ["geometry-type"], "Polygon"],
    paint: { "fill-color": theme.primary, "fill-opacity": 0.2 },
  });
  map.addLayer({
    id: "shown-line",
    type: "line",
    source: SOURCE,
    filter: ["!", isPoint],
    paint: { "line-color": theme.primary, "line-width": 4 },
  });
  map.addLayer({
    id: "shown-point",
    type: "circle",
    source: SOURCE,
    filter: isPoint,
    paint: {
      "circle-radius": 9,
      "circle-color": theme.primary,
      "circle-stroke-color": "#ffffff",
      "circle-stroke-width": 3,
    },
  });
  if (!icon && config.categories.length === 0) return;
  map.addLayer({
    id: "shown-mark",
    type: "symbol",
    source: SOURCE,
    // A geometry that says no kind keeps the plain dot.
    filter: icon ? isPoint : ["all", isPoint, ["has", "category"]],
    layout: {
      "icon-image": icon ? imageName(icon) : caseImage(config),
      "icon-size": 1.3,
      "icon-allow-overlap": true,
    },
  });
}
