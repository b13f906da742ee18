/** The map under the fixed cross, and what the server says about the spot. */

import type { Map as MapLibre } from "maplibre-gl";
import type * as MapModule from "../map/create";
import { locate, locateCode } from "../api/client";
import { ProblemError } from "../api/http";
import type { Located } from "../api/types";
import { gettext } from "../i18n";
import type { MapConfig } from "../map/config";
import type { Fix, Where } from "../outbox/store";
import { announce, debounce } from "../ui/dom";
import type { Parts } from "./page";
import { chainWords, gridWords, leaf, spoken, whoWords } from "./words";

const LOCATE_AFTER_MS = 250;
const CLOSE_ZOOM = 17.5;
const OPEN_CASES = "/tiles/cases.json?status=received,assigned,in_progress,suspended,reopened";

export interface StageEvents {
  onWhere: (where: Where) => void;
  onLocated: (located: Located | null) => void;
}


export class Stage {
  map: MapLibre | null = null;
  located: Located | null = null;
  private module: typeof MapModule | null = null;
  private controller: AbortController | null = null;
  private where: Where | null = null;
  private incomplete = false;
  private readonly locateSoon = debounce(() => {
    void this.locateNow();
  }, LOCATE_AFTER_MS);

  constructor(
    private readonly parts: Parts,
    private readonly config: MapConfig,
    private readonly events: StageEvents,
  ) {}

  /** Bring the map up; the form is in use meanwhile. Without WebGL or without the script the list remains. */
  async start(): Promise<void> {
    try {
      this.module = await import("../map/create");
      const map = this.module.createMap(this.config, {
        container: this.parts.map,
        label: gettext("Map. Arrow keys move it under the cross, with Shift in small steps; plus and minus zoom."),
        cases: OPEN_CASES,
        onError: () => {
          this.incomplete = true;
          this.note(gettext("Part of the map is missing. You can still choose the building from the list."), true);
        },
      });
      this.map = map;
      this.module.followTheme(map, this.config, { cases: OPEN_CASES });
      map.scrollZoom.enable({ around: "center" });
      map.touchZoomRotate.enable({ around: "center" });
      map.touchZoomRotate.disableRotation();
      const { bindKeyboard } = await import("../map/keyboard");
      bindKeyboard(map, map.getCanvas(), () => {
        this.moved();
      });
      map.on("movestart", (event) => {
        if (event.originalEvent) this.moved();
      });
      map.on("moveend", () => {
        this.settled();
      });
      map.once("idle", () => {
        if (!this.incomplete) this.note("", false);
      });
      this.parts.tools.hidden = false;
      this.locateSoon();
    } catch (error) {
      const words = error instanceof Error && error.name === "NoWebGL" ? error.message : gettext(
        "The map could not be loaded. Choose the building from the list instead.",
      );
      console.warn("no map", error);
      this.note(words, true);
      this.parts.placeList.open = true;
    }
  }

  /** Words over the map: loading, partly missing, none at all. */
  private note(words: string, problem: boolean): void {
    this.parts.mapNote.textContent = words;
    this.parts.mapNote.hidden = words === "";
    this.parts.mapNote.classList.toggle("is-problem", problem);
  }

  /** The person moved the map: from now on the cross is meant. */
  moved(): void {
    this.where = { kind: "confirmed", location: null, code: "", label: "" };
  }

  private settled(): void {
    if (this.where?.kind === "confirmed" && this.map) {
      const centre = this.map.getCenter();
      this.where = { ...this.where, location: { type: "Point", coordinates: [centre.lng, centre.lat] } };
      this.events.onWhere(this.where);
    }
    this.locateSoon();
  }

  /** Stand on a fix of the phone. */
  goToFix(fix: Fix): void {
    this.set({ kind: "gps", location: { type: "Point", coordinates: [fix.lon, fix.lat] }, code: "", label: "" });
    this.accuracy_m = fix.accuracy_m;
  }

  private accuracy_m: number | undefined;

  /** Take a place that was chosen otherwise (list, side of a border, draft) and show it under the cross. */
  set(where: Where): void {
    this.where = where;
    this.events.onWhere(where);
    const [lon, lat] = where.location?.coordinates ?? [];
    if (this.map && lon !== undefined && lat !== undefined) {
      this.map.easeTo({ center: [lon, lat], zoom: Math.max(this.map.getZoom(), CLOSE_ZOOM), duration: 600 });
    }
    this.locateSoon();
  }

  zoom(by: number): void {
    this.map?.easeTo({ zoom: this.map.getZoom() + by, duration: 150 });
  }

  /** Keep the cross in the middle of what the sheet and the card leave free. */
  pad(top: number, bottom: number, left: number): void {
    const { root } = this.parts;
    root.style.setProperty("--top", `${top}px`);
    root.style.setProperty("--sheet", `${bottom}px`);
    root.style.setProperty("--left", `${left}px`);
    this.map?.easeTo({ padding: { top, bottom, left, right: 0 }, duration: 200 });
  }

  /** Where the cross stands, in pixels of the map. */
  crossPoint(): { x: number; y: number } {
    const map = this.parts.map.getBoundingClientRect();
    const cross = this.parts.root.querySelector("[data-cross]")?.getBoundingClientRect() ?? map;
    return { x: cross.left + cross.width / 2 - map.left, y: cross.top + cross.height / 2 - map.top };
  }

  /** The spot that is meant: chosen, else under the cross. */
  spot(): [number, number] | null {
    const chosen = this.where?.location?.coordinates;
    if (chosen) return [chosen[0] ?? 0, chosen[1] ?? 0];
    const centre = this.map?.getCenter();
    return centre ? [centre.lng, centre.lat] : null;
  }

  async locateNow(): Promise<void> {
    const spot = this.spot();
    const code = this.where?.kind === "building" ? this.where.code : "";
    this.controller?.abort();
    if (!spot && !code) return;
    const controller = (this.controller = new AbortController());
    this.parts.where.classList.add("is-busy");
    try {
      const place = this.config.place?.slug;
      const gps = this.where?.kind === "gps";
      this.located = code
        ? await locateCode(code, place, controller.signal)
        : await locate(...(spot ?? [0, 0]), {
            signal: controller.signal,
            place,
            // A cross that was set by hand has no accuracy to be near a border with.
            pin: gps ? "gps" : "confirmed",
            accuracy_m: gps ? this.accuracy_m : undefined,
          });
      this.show(this.located);
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return;
      this.located = null;
      this.showProblem(error);
    }
    this.parts.where.classList.remove("is-busy");
    this.flyToNamed();
    this.events.onLocated(this.located);
  }

  /** A building from the list: the server says where it is, and the cross goes there. */
  private flyToNamed(): void {
    const found = this.located?.location;
    if (this.where?.kind !== "building" || this.where.location || !found) return;
    this.where = { ...this.where, location: found };
    this.events.onWhere(this.where);
    const [lon = 0, lat = 0] = found.coordinates;
    this.map?.easeTo({ center: [lon, lat], zoom: Math.max(this.map.getZoom(), CLOSE_ZOOM), duration: 600 });
  }

  private show(located: Located): void {
    const { where, whereGrid, whereChain, wherePeople, live } = this.parts;
    where.dataset.outcome = located.outcome;
    whereGrid.textContent = gridWords(located);
    whereChain.textContent =
      located.outcome === "outside"
        ? gettext("It is taken all the same; the office finds whose it is.")
        : chainWords(located.areas, located.building);
    wherePeople.textContent = whoWords(located.leaders, located.party_cell);
    announce(live, spoken(located));
    if (this.map && this.module) {
      this.module.choose(this.map, leaf(located.areas)?.code ?? "", located.building?.code ?? "");
    }
  }

  private showProblem(error: unknown): void {
    const { where, whereGrid, whereChain, wherePeople } = this.parts;
    where.dataset.outcome = "problem";
    wherePeople.textContent = "";
    if (error instanceof ProblemError) {
      whereGrid.textContent = gettext("The grid could not be found");
      whereChain.textContent = error.message;
    } else {
      whereGrid.textContent = gettext("No signal");
      whereChain.textContent = gettext("You can go on; the grid is found when the case arrives.");
    }
  }
}
