/** What is not covered, on the map beside the list: an entry leads the map to its place. */

import type { FeatureCollection } from "geojson";
import type { ExpressionSpecification, Map as MapLibre } from "maplibre-gl";
import { gettext } from "./i18n";
import type { MapConfig } from "./map/config";
import { bindKeyboard } from "./map/keyboard";
import { readAt } from "./officials/address";
import { need, pageJson } from "./ui/dom";

const FILL: Record<string, string> = {
  gap: "#d55e00",
  overlap: "#cc79a7",
  outside_parent: "#e69f00",
  building_in_no_grid: "#1b1f24",
  building_cut: "#f0e442",
  without_leader: "#56b4e9",
  without_party: "rgba(0,0,0,0)",
};
const LINE: Record<string, string> = {
  ...FILL,
  overlap: "#8a2f63",
  outside_parent: "#8a5300",
  building_cut: "#1b1f24",
  without_leader: "#0072b2",
  without_party: "#b3121d",
};

const byKind = (colours: Record<string, string>): ExpressionSpecification =>
  ["match", ["get", "kind"], ...Object.entries(colours).flat(), "#7a8694"] as unknown as ExpressionSpecification;

const root = need("[data-coverage]", HTMLElement);
const stage = need("[data-stage]", HTMLElement);
const note = need("[data-note]", HTMLElement);
const config = pageJson<MapConfig>("page-config");
const shapes = pageJson<FeatureCollection>("coverage-shapes");

function draw(map: MapLibre): void {
  map.addSource("findings", { type: "geojson", data: shapes });
  map.addLayer({
    id: "findings-fill",
    type: "fill",
    source: "findings",
    paint: { "fill-color": byKind(FILL), "fill-opacity": 0.4 },
  });
  map.addLayer({
    id: "findings-line",
    type: "line",
    source: "findings",
    filter: ["!=", ["get", "kind"], "without_party"],
    paint: { "line-color": byKind(LINE), "line-width": 2 },
  });
  map.addLayer({
    id: "findings-party",
    type: "line",
    source: "findings",
    filter: ["==", ["get", "kind"], "without_party"],
    paint: { "line-color": "#b3121d", "line-width": 2.5, "line-dasharray": [3, 1.5] },
  });
  map.addLayer({
    id: "findings-lit",
    type: "line",
    source: "findings",
    filter: ["==", ["get", "key"], ""],
    paint: { "line-color": "#b3125d", "line-width": 5 },
  });
}

function light(map: MapLibre | null, key: string): void {
  map?.setFilter("findings-lit", ["==", ["get", "key"], key]);
  for (const entry of root.querySelectorAll<HTMLElement>("li[data-key]")) {
    entry.classList.toggle("is-lit", key !== "" && entry.dataset.key === key);
  }
}

function bind(map: MapLibre): void {
  const card = need("[data-hover]", HTMLElement);
  root.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[data-at]") : null;
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const at = readAt(`?at=${link.dataset.at ?? ""}`);
    if (!at) return;
    history.replaceState(null, "", link.getAttribute("href") ?? "");
    map.easeTo({ center: [at.lon, at.lat], zoom: at.zoom, duration: 500 });
    light(map, link.closest<HTMLElement>("li[data-key]")?.dataset.key ?? "");
    if (stage.getBoundingClientRect().bottom < 0) stage.scrollIntoView({ block: "start" });
  });
  map.on("mousemove", (event) => {
    const found = map.queryRenderedFeatures(event.point, { layers: ["findings-fill"] })[0];
    const properties = found?.properties as { key?: string; name?: string } | undefined;
    card.textContent = properties?.name ?? "";
    card.hidden = card.textContent === "";
    light(map, properties?.key ?? "");
  });
  for (const button of root.querySelectorAll<HTMLElement>("[data-zoom]")) {
    button.addEventListener("click", () => {
      map.easeTo({ zoom: map.getZoom() + Number(button.dataset.zoom), duration: 150 });
    });
  }
  need("[data-whole]", HTMLButtonElement).addEventListener("click", () => {
    const whole = config.start ?? config.bounds;
    if (whole) map.fitBounds(whole, { padding: 24 });
  });
  const printed = need("[data-printed]", HTMLImageElement);
  addEventListener("beforeprint", () => {
    printed.src = map.redraw().getCanvas().toDataURL("image/png");
    printed.hidden = false;
  });
  addEventListener("afterprint", () => {
    printed.hidden = true;
  });
}

async function start(): Promise<void> {
  stage.hidden = false;
  try {
    const { createMap, followTheme } = await import("./map/create");
    const map = createMap(config, {
      container: need("[data-map]", HTMLElement),
      label: gettext("Map of what is not covered. Arrow keys move it, plus and minus zoom."),
      onError: () => {
        note.textContent = gettext("Part of the map is missing. The list is complete.");
        note.hidden = false;
      },
    });
    const at = readAt(location.search);
    if (at) map.jumpTo({ center: [at.lon, at.lat], zoom: at.zoom });
    followTheme(map, config, { cases: "" });
    map.once("load", () => {
      draw(map);
      bind(map);
      bindKeyboard(map, map.getCanvas(), () => undefined);
      note.hidden = true;
      root.classList.add("is-live");
    });
  } catch (error) {
    console.warn("no map", error); // the drawing of the server stays
    stage.hidden = true;
  }
}

void start();
