/** The officials' map: the address says what is shown, the server counts, this draws and keeps map and list together. */

import type { Map as MapLibre, MapLayerMouseEvent } from "maplibre-gl";
import type * as MapModule from "./map/create";
import { fmt, gettext } from "./i18n";
import type { MapConfig } from "./map/config";
import { bounds as boundsOf, widen } from "./map/geometry";
import { bindKeyboard } from "./map/keyboard";
import { atText, changed, fromForm, lastingSearch, readAt } from "./officials/address";
import { SpotLayers } from "./officials/layers";
import { fetchParts, swapParts } from "./officials/parts";
import { isStale, type Box, type Payload } from "./officials/payload";
import { announce, debounce, need, pageJson } from "./ui/dom";

const WIDE = matchMedia("(min-width: 72rem)");

class OfficialsMap {
  private readonly root = need("[data-officials]", HTMLElement);
  private readonly stage = need("[data-stage]", HTMLElement);
  private readonly form = need("[data-map-form]", HTMLFormElement);
  private readonly note = need("[data-note]", HTMLElement);
  private readonly hoverCard = need("[data-hover]", HTMLElement);
  private readonly printed = need("[data-printed]", HTMLImageElement);
  private readonly config = pageJson<MapConfig>("page-config");
  private map: MapLibre | null = null;
  private layers: SpotLayers | null = null;
  private payload: Payload | null = this.readPayload();
  private asking: AbortController | null = null;
  private lit = "";
  /** The map is moved by the page itself, not by a person: the address stays. */
  private leading = false;

  start(): void {
    this.root.classList.add("is-scripted");
    if (!WIDE.matches) need("[data-filters]", HTMLDetailsElement).open = false;
    this.form.addEventListener("change", () => {
      this.formChanged();
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.formChanged();
    });
    this.root.addEventListener("click", (event) => {
      this.linkClicked(event);
    });
    for (const kind of ["mouseover", "focusin"]) {
      this.root.addEventListener(kind, (event) => {
        this.rowTouched(event.target);
      });
    }
    addEventListener("popstate", () => {
      this.fillForm();
      this.leadMap();
      void this.ask();
    });
    this.bindButtons();
    void this.bringUpMap();
  }

  // ---- the address ------------------------------------------------------------------------------

  private readPayload(): Payload | null {
    return document.getElementById("map-payload") ? pageJson<Payload>("map-payload") : null;
  }

  private get controls(): (HTMLSelectElement | HTMLInputElement)[] {
    return [...this.form.querySelectorAll<HTMLSelectElement | HTMLInputElement>("select, input:not([type=hidden])")];
  }

  private formChanged(): void {
    const fields = this.controls.map((control): [string, string] => [control.name, control.value]);
    const place = fields.find(([name]) => name === "place")?.[1];
    if (place && place !== this.config.place?.slug) {
      location.search = changed("", { place }); // another place has other kinds, levels and words
      return;
    }
    this.go(fromForm(location.search, fields));
  }

  /** After going back, or a link that takes filters back, the form says what the address says. */
  private fillForm(): void {
    const params = new URLSearchParams(location.search);
    for (const control of this.controls) {
      const first = control instanceof HTMLSelectElement ? (control.options[0]?.value ?? "") : "";
      control.value = params.get(control.name) ?? (control.name === "place" ? (this.config.place?.slug ?? first) : first);
    }
  }

  private linkClicked(event: MouseEvent): void {
    const link = event.target instanceof Element ? event.target.closest("a[data-map-link]") : null;
    if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const search = link.getAttribute("href") ?? "";
    // The server wrote the link before the map was moved.
    const at = this.map ? new URLSearchParams(location.search).get("at") : new URLSearchParams(search).get("at");
    this.go(changed(search, { at }));
    this.fillForm();
  }

  private go(search: string): void {
    if (search !== location.search) history.pushState(null, "", search || location.pathname);
    void this.ask();
  }

  private async ask(): Promise<void> {
    this.asking?.abort();
    const asking = (this.asking = new AbortController());
    this.root.classList.add("is-busy");
    const { width, height } = this.stage.getBoundingClientRect();
    const size = this.map ? `${Math.round(width)}x${Math.round(height)}` : "";
    // Without an address of its own the map asks for where it stands.
    const at = this.map && !readAt(location.search) ? atText(this.standing(this.map)) : null;
    const search = at ? changed(location.search, { at }) : location.search;
    try {
      const parts = await fetchParts(search, { size, drawn: !this.map, signal: asking.signal });
      swapParts(parts);
      this.dropStanding(at);
      this.payload = this.readPayload();
      this.light("", null);
      this.draw();
      this.say("", false);
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return;
      this.say(error instanceof Error ? error.message : String(error), true);
    }
    if (asking === this.asking) this.root.classList.remove("is-busy");
  }

  /** Links of a view that nobody has moved say no place: opened elsewhere they fit that screen. */
  private dropStanding(at: string | null): void {
    if (!at) return;
    for (const link of this.root.querySelectorAll("a[data-map-link]")) {
      link.setAttribute("href", changed(link.getAttribute("href") ?? "", { at: null }) || location.pathname);
    }
  }

  // ---- the map ----------------------------------------------------------------------------------

  private async bringUpMap(): Promise<void> {
    this.stage.hidden = false;
    try {
      const module: typeof MapModule = await import("./map/create");
      const at = readAt(location.search);
      const map = module.createMap(this.config, {
        container: need("[data-map]", HTMLElement),
        label: gettext("Map. Arrow keys move it, plus and minus zoom, Enter picks what is in its middle."),
        onError: () => {
          this.say(gettext("Part of the map is missing. The numbers and the list are complete."), true);
        },
      });
      if (at) map.jumpTo({ center: [at.lon, at.lat], zoom: at.zoom });
      module.followTheme(map, this.config, { cases: "" });
      map.once("load", () => {
        this.mapIsUp(map);
      });
    } catch (error) {
      console.warn("no map", error);
      this.stage.hidden = true;
      const words = need("[data-nomap]", HTMLElement);
      words.hidden = false;
      words.textContent = gettext("This device cannot draw the moving map. The map below was drawn by the server.");
    }
  }

  private mapIsUp(map: MapLibre): void {
    this.map = map;
    this.layers = new SpotLayers(map, this.config);
    this.root.classList.add("is-live");
    this.say("", false);
    bindKeyboard(map, map.getCanvas(), () => undefined);
    map.getCanvas().addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.pickMiddle(map);
    });
    map.on("moveend", () => {
      this.moved(map);
    });
    map.on("mousemove", (event) => {
      this.pointed(map, event);
    });
    map.on("mouseout", () => {
      this.light("", null);
    });
    map.on("click", (event) => {
      const found = map.getLayer("found") && map.queryRenderedFeatures(event.point, { layers: ["found"] })[0];
      if (found) location.assign(`/cases/${String(found.id)}/`);
      else this.pick(this.keyAt(map, event.point));
    });
    this.draw();
    if (this.payload && isStale(this.payload, map.getZoom(), this.view(map))) void this.ask();
  }

  private draw(): void {
    if (!this.payload || !this.layers) return;
    this.layers.draw(this.payload);
    // While it is drawn, what lies under the pointer cannot be told.
    this.root.removeAttribute("data-idle");
    this.map?.once("idle", () => {
      this.root.setAttribute("data-idle", "");
    });
  }

  private standing(map: MapLibre) {
    const { lng, lat } = map.getCenter();
    return { lon: lng, lat, zoom: map.getZoom() };
  }

  private view(map: MapLibre): Box {
    const seen = map.getBounds();
    return [seen.getWest(), seen.getSouth(), seen.getEast(), seen.getNorth()];
  }

  private moved(map: MapLibre): void {
    if (!this.leading) {
      history.replaceState(null, "", changed(location.search, { at: atText(this.standing(map)) }));
    }
    this.leading = false;
    if (this.payload && isStale(this.payload, map.getZoom(), this.view(map))) this.askSoon();
  }

  private readonly askSoon = debounce(() => {
    void this.ask();
  }, 150);

  /** Show the view of the address (going back), or the whole place. */
  private leadMap(): void {
    if (!this.map) return;
    const at = readAt(location.search);
    this.leading = true;
    if (at) this.map.jumpTo({ center: [at.lon, at.lat], zoom: at.zoom });
    else {
      const whole = this.config.start ?? this.config.bounds;
      if (whole) this.map.fitBounds(whole, { padding: 24, animate: false });
    }
  }

  private keyAt(map: MapLibre, point: { x: number; y: number }): string {
    const layers = this.layers?.touched ?? [];
    const found = layers.length ? map.queryRenderedFeatures([point.x, point.y], { layers })[0] : undefined;
    const properties = found?.properties as { key?: string; code?: string } | undefined;
    return properties?.key ?? properties?.code ?? "";
  }

  private pickMiddle(map: MapLibre): void {
    const { width, height } = map.getCanvas().getBoundingClientRect();
    this.pick(this.keyAt(map, { x: width / 2, y: height / 2 }));
  }

  private pick(key: string): void {
    if (!key || !this.payload) return;
    const again = key === this.payload.key; // a second click takes it back
    const inCells = this.payload.mode === "cells";
    this.go(
      changed(location.search, {
        cell: inCells && !again ? key : null,
        lies_in: !inCells && !again ? `${this.payload.level}:${key}` : null,
        after: null,
      }),
    );
  }

  // ---- map and list, kept together --------------------------------------------------------------

  private pointed(map: MapLibre, event: MapLayerMouseEvent | { point: { x: number; y: number } }): void {
    const key = this.keyAt(map, event.point);
    map.getCanvas().style.cursor = key ? "pointer" : "";
    this.light(key, null);
  }

  private rowTouched(target: EventTarget | null): void {
    const row = target instanceof Element ? target.closest<HTMLElement>("tr[data-spot], tr[data-lon]") : null;
    if (!row) return;
    const { lon, lat, spot } = row.dataset;
    this.light(spot ?? "", lon && lat ? [Number(lon), Number(lat)] : null);
  }

  private light(key: string, at: [number, number] | null): void {
    this.layers?.dot(at);
    if (key === this.lit) return;
    this.lit = key;
    this.layers?.light(key);
    for (const row of this.root.querySelectorAll<HTMLElement>("tr[data-spot]")) {
      row.classList.toggle("is-lit", key !== "" && row.dataset.spot === key);
    }
    this.hoverCard.textContent = this.wordsFor(key);
    this.hoverCard.hidden = this.hoverCard.textContent === "";
  }

  private wordsFor(key: string): string {
    if (!key || !this.payload) return "";
    const area = this.payload.areas.find((entry) => entry.key === key);
    const cell = this.payload.cells.find(({ properties }) => properties.key === key)?.properties;
    const count = area?.count ?? cell?.count;
    if (count === undefined) return "";
    const cases = fmt(gettext("%(n)s cases"), { n: count });
    if (!area) return cases;
    const isRate = new URLSearchParams(location.search).get("rate") === "1";
    const rate = isRate && area.value !== null ? ` · ${area.value} ${this.payload.words.unit}` : "";
    return `${area.name} · ${cases}${rate}`;
  }

  // ---- buttons ----------------------------------------------------------------------------------

  private bindButtons(): void {
    for (const button of this.root.querySelectorAll<HTMLElement>("[data-zoom]")) {
      button.addEventListener("click", () => {
        if (this.map) this.map.easeTo({ zoom: this.map.getZoom() + Number(button.dataset.zoom), duration: 150 });
      });
    }
    need("[data-whole]", HTMLButtonElement).addEventListener("click", () => {
      const shape = this.payload?.picked;
      const box = shape && "coordinates" in shape ? boundsOf(shape.coordinates) : null;
      const whole = box ? widen(box) : (this.config.start ?? this.config.bounds);
      if (this.map && whole) this.map.fitBounds(whole, { padding: 24, maxZoom: 17 });
    });
    const copy = need("[data-copy]", HTMLButtonElement);
    copy.hidden = false;
    copy.addEventListener("click", () => void this.copyLink());
    const print = need("[data-print]", HTMLButtonElement);
    print.hidden = false;
    print.addEventListener("click", () => {
      window.print();
    });
    addEventListener("beforeprint", () => {
      if (!this.map) return;
      // The drawing buffer lasts as long as this task.
      this.printed.src = this.map.redraw().getCanvas().toDataURL("image/png");
      this.printed.hidden = false;
    });
    addEventListener("afterprint", () => {
      this.printed.hidden = true;
    });
  }

  private async copyLink(): Promise<void> {
    const at = this.map ? atText(this.standing(this.map)) : null;
    const here = changed(location.search, at ? { at } : {});
    const search = this.payload ? lastingSearch(here, this.payload.since, this.payload.tomorrow) : here;
    const said = need("[data-copied]", HTMLElement);
    try {
      await navigator.clipboard.writeText(`${location.origin}${location.pathname}${search}`);
      announce(said, gettext("Copied. Whoever opens it sees this view, as far as they may."));
    } catch (error) {
      console.warn("clipboard", error);
      history.replaceState(null, "", search);
      announce(said, gettext("This browser does not let pages copy: take the link from the address bar."));
    }
  }

  private say(words: string, isProblem: boolean): void {
    this.note.textContent = words;
    this.note.classList.toggle("is-problem", isProblem);
    this.note.hidden = words === "";
  }
}

new OfficialsMap().start();
