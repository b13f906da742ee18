/** Saying where without the map: gazetteer, list of buildings, and which side of a border. */

import { findPlaces } from "../api/client";
import type { GazetteerEntry, Located } from "../api/types";
import { fmt, gettext } from "../i18n";
import type { MapConfig } from "../map/config";
import type { Where } from "../outbox/store";
import { debounce, fill, h } from "../ui/dom";
import type { Parts } from "./page";
import { buildingWords, leaf } from "./words";

const SEARCH_AFTER_MS = 250;

export class PlaceField {
  private hits: GazetteerEntry[] = [];
  private active = -1;
  private controller: AbortController | null = null;

  constructor(
    private readonly parts: Parts,
    private readonly config: MapConfig,
    private readonly onChoose: (where: Where) => void,
  ) {
    const { gazetteer, placeSearch, placeSelect, placeList } = parts;
    gazetteer.hidden = false;
    placeList.open = false;
    const search = debounce(() => {
      void this.search();
    }, SEARCH_AFTER_MS);
    placeSearch.addEventListener("input", search);
    placeSearch.addEventListener("keydown", (event) => {
      this.key(event);
    });
    placeSelect.addEventListener("change", () => {
      const option = placeSelect.selectedOptions[0];
      if (!option?.value) return;
      this.onChoose({ kind: "building", location: null, code: option.value, label: option.textContent.trim() });
    });
  }

  private async search(): Promise<void> {
    const words = this.parts.placeSearch.value.trim();
    this.controller?.abort();
    if (words === "") {
      this.close();
      return;
    }
    const controller = (this.controller = new AbortController());
    try {
      this.show(await findPlaces(words, this.config.place?.slug ?? "", controller.signal));
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return;
      this.say(gettext("The search needs a connection; the list below works without."));
    }
  }

  private say(words: string): void {
    const { placeHits, placeSearch } = this.parts;
    placeHits.hidden = false;
    placeSearch.setAttribute("aria-expanded", "false");
    fill(placeHits, h("li", { role: "presentation" }, words));
  }

  private close(): void {
    const { placeHits, placeSearch } = this.parts;
    this.controller?.abort();
    this.hits = [];
    this.active = -1;
    placeHits.hidden = true;
    placeHits.replaceChildren();
    placeSearch.setAttribute("aria-expanded", "false");
    placeSearch.removeAttribute("aria-activedescendant");
  }

  private show(hits: GazetteerEntry[]): void {
    const { placeHits, placeSearch } = this.parts;
    this.hits = hits;
    this.active = -1;
    if (hits.length === 0) {
      this.say(gettext("Nothing of that name. Try the old name, the number, or the list below."));
      return;
    }
    placeHits.hidden = false;
    placeSearch.setAttribute("aria-expanded", "true");
    fill(
      placeHits,
      ...hits.slice(0, 8).map((hit, index) =>
        h(
          "li",
          {
            role: "option",
            id: `place-hit-${index}`,
            "aria-selected": "false",
            onclick: () => {
              this.choose(hit);
            },
          },
          hit.label,
        ),
      ),
    );
  }

  private key(event: KeyboardEvent): void {
    const { placeHits, placeSearch } = this.parts;
    const count = Math.min(8, this.hits.length);
    if (event.key === "Enter") {
      // Enter in a search never sends the case.
      event.preventDefault();
      const hit = this.hits[Math.max(0, this.active)];
      if (hit) this.choose(hit);
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && count > 0) {
      event.preventDefault();
      this.active = (this.active + (event.key === "ArrowDown" ? 1 : -1) + count) % count;
      [...placeHits.children].forEach((item, index) => {
        item.setAttribute("aria-selected", String(index === this.active));
      });
      placeSearch.setAttribute("aria-activedescendant", `place-hit-${this.active}`);
    } else if (event.key === "Escape") this.close();
  }

  private choose(hit: GazetteerEntry): void {
    const { placeSelect, placeSearch } = this.parts;
    this.close();
    placeSearch.value = hit.label;
    placeSelect.value = [...placeSelect.options].some((option) => option.value === hit.code) ? hit.code : "";
    // A street has no code: it brings the map there, and the crosshair says where exactly.
    const kind = hit.code === "" ? "confirmed" : "building";
    this.onChoose({ kind, location: hit.location, code: hit.code, label: hit.label });
  }

  /** The line under "Where is it?". */
  showWhere(where: Where | null, located: Located | null, accuracy_m: number | null): void {
    const { placeLine } = this.parts;
    const spot = where?.kind === "building" ? where.label : located ? spotWords(located) : "";
    const advice =
      accuracy_m === null
        ? ""
        : fmt(gettext("The position is only good to %(n)s m: better choose the building."), { n: Math.round(accuracy_m) });
    placeLine.hidden = spot === "" && advice === "";
    fill(placeLine, spot, advice ? h("span", { class: "field__hint" }, advice) : null);
    if (advice) this.parts.placeList.open = true;
    if (where?.kind !== "building") this.parts.placeSelect.value = "";
  }

  /** On a border: ask which side, with the grids' names. Never blocks: without an answer the covering grid has it. */
  askSide(located: Located | null, chosenCode: string, answer: (code: string, label: string) => void): void {
    const { sides } = this.parts;
    const own = located ? leaf(located.areas) : null;
    const candidates = (located?.candidates ?? []).filter((area) => area.code !== own?.code);
    sides.hidden = !own || !located || !["border", "overlap"].includes(located.outcome) || candidates.length === 0;
    if (sides.hidden || !own) return;
    sides.className = "sides";
    fill(
      sides,
      h("strong", null, gettext("Right at a border. Which side is it on?")),
      h(
        "div",
        { class: "choices" },
        ...[own, ...candidates].map((area) =>
          h(
            "label",
            { class: "choice" },
            h("input", {
              type: "radio",
              name: "side",
              value: area.code,
              checked: area.code === chosenCode,
              onchange: () => {
                answer(area.code, area.name);
              },
            }),
            area.name,
          ),
        ),
      ),
    );
  }
}

function spotWords(located: Located): string {
  const grid = leaf(located.areas)?.name ?? gettext("Outside every grid");
  return located.building ? `${grid} · ${buildingWords(located.building)}` : grid;
}
