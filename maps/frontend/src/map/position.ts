/** The phone's own position: asked for, never demanded. Accuracy advises, it never blocks. */

import type { GeoJSONSource, Map as MapLibre } from "maplibre-gl";
import { gettext } from "../i18n";
import type { Fix } from "../outbox/store";
import { circle } from "./geometry";

/** Above this the fix says too little about the grid: choosing the building is proposed. */
export const POOR_ACCURACY_M = 50;

export class PositionError extends Error {}

/** One fix, the best within the time given: the first is often kilometres off, so it is watched for a while. */
export function currentFix(wait_ms = 6000, good_m = 15): Promise<Fix> {
  return new Promise((resolve, reject) => {
    if (!("geolocation" in navigator)) {
      reject(new PositionError(gettext("This browser gives no position. Move the map or choose the building.")));
      return;
    }
    let best: Fix | null = null;
    const finish = (error?: GeolocationPositionError) => {
      navigator.geolocation.clearWatch(watch);
      clearTimeout(timer);
      if (best) resolve(best);
      else reject(new PositionError(reason(error)));
    };
    const watch = navigator.geolocation.watchPosition(
      ({ coords, timestamp }) => {
        if (!best || coords.accuracy < best.accuracy_m) {
          best = {
            lon: coords.longitude,
            lat: coords.latitude,
            accuracy_m: Math.round(coords.accuracy * 10) / 10,
            at: new Date(timestamp).toISOString(),
          };
        }
        if (best.accuracy_m <= good_m) finish();
      },
      (error) => {
        finish(error);
      },
      { enableHighAccuracy: true, maximumAge: 5000, timeout: wait_ms * 2 },
    );
    const timer = setTimeout(() => {
      if (best) finish();
    }, wait_ms);
  });
}

function reason(error: GeolocationPositionError | undefined): string {
  if (error?.code === 1) {
    return gettext("Position is switched off for this site. Move the map or choose the building.");
  }
  return gettext("No position found here. Move the map or choose the building.");
}

/** Draw the fix with its ring of accuracy; null takes it away. */
export function showFix(map: MapLibre, fix: Fix | null, colour: string): void {
  const data: GeoJSON.FeatureCollection = {
    type: "FeatureCollection",
    features: fix
      ? [
          { type: "Feature", properties: {}, geometry: circle([fix.lon, fix.lat], fix.accuracy_m) },
          { type: "Feature", properties: {}, geometry: { type: "Point", coordinates: [fix.lon, fix.lat] } },
        ]
      : [],
  };
  const source = map.getSource<GeoJSONSource>("fix");
  if (source) {
    void source.setData(data);
    return;
  }
  map.addSource("fix", { type: "geojson", data });
  map.addLayer({
    id: "fix-ring",
    type: "fill",
    source: "fix",
    filter: ["==", ["geometry-type"], "Polygon"],
    paint: { "fill-color": colour, "fill-opacity": 0.14, "fill-outline-color": colour },
  });
  map.addLayer({
    id: "fix-dot",
    type: "circle",
    source: "fix",
    filter: ["==", ["geometry-type"], "Point"],
    paint: { "circle-radius": 6, "circle-color": colour, "circle-stroke-color": "#ffffff", "circle-stroke-width": 2 },
  });
}
