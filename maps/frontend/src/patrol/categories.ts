/** Choosing a kind: six tiles, all others folded, search; kinds that cannot be routed here step back. */

import { categoriesAt } from "../api/client";
import { fmt, gettext } from "../i18n";
import type { CategoryInfo, MapConfig } from "../map/config";
import { pathOf } from "../map/symbols";
import { fill, h, svg } from "../ui/dom";
import type { Parts } from "./page";

/** The sign of a kind as an SVG element, the same as the server's `category_mark`. */
export function markOf(category: Pick<CategoryInfo, "icon">): SVGElement {
  return svg(
    "svg",
    { class: `mark mark--${category.icon.colour}`, viewBox: "-1 -1 26 26", "aria-hidden": "true" },
    svg("path", { d: pathOf(category.icon.shape) }),
  );
}

/** Kinds whose name, key or keywords hold the words; all words must be found. */
export function searchKinds<C extends Pick<CategoryInfo, "key" | "name" | "keywords">>(kinds: C[], words: string): C[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return kinds.filter((kind) => {
    const text = [kind.name, kind.key, ...kind.keywords].join(" ").toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

export class CategoryPicker {
  private routable: Set<string> | null = null;
  /** Kinds of the first tiles; null until the server has said which can be routed here. */
  private first: Set<string> | null = null;
  private searched = false;
  private controller: AbortController | null = null;

  constructor(
    private readonly parts: Parts,
    private readonly config: MapConfig,
    private readonly onChoose: (category: CategoryInfo, go: boolean) => void,
  ) {
    parts.search.hidden = false;
    parts.categorySearch.addEventListener("input", () => {
      this.filter(parts.categorySearch.value);
    });
    parts.categorySearch.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
    for (const input of this.inputs()) {
      const label = input.closest("label");
      // A pointer or Enter goes on at once; arrow keys only move among the kinds, as radios do.
      label?.addEventListener("click", (event) => {
        if (event.target === input && event.detail === 0) this.chosen(input.value, false);
        else if (event.target === input) this.chosen(input.value, true);
      });
      input.addEventListener("keydown", (event) => {
        if (event.key !== "Enter") return;
        event.preventDefault();
        input.checked = true;
        this.chosen(input.value, true);
      });
    }
  }

  private inputs(): HTMLInputElement[] {
    return [...this.parts.form.querySelectorAll<HTMLInputElement>("input[name=category]")];
  }

  find(key: string): CategoryInfo | null {
    return this.config.categories.find((category) => category.key === key) ?? null;
  }

  private chosen(key: string, go: boolean): void {
    const category = this.find(key);
    if (category) this.onChoose(category, go);
  }

  select(key: string): void {
    for (const input of this.inputs()) input.checked = input.value === key;
  }

  /** Ask which kinds can be routed at a spot; what cannot is still to be had, further down and dashed. */
  async refresh(lon: number, lat: number): Promise<void> {
    const place = this.config.place?.slug;
    if (!place) return;
    this.controller?.abort();
    const controller = (this.controller = new AbortController());
    try {
      const found = await categoriesAt(lon, lat, place, controller.signal);
      this.routable = new Set(found.map((category) => category.key));
    } catch (error) {
      // Without an answer every kind stays on offer: the server routes what it gets.
      if (!(error instanceof DOMException)) this.routable = null;
      return;
    }
    this.arrange();
  }

  private arrange(): void {
    const routable = this.routable;
    if (!routable) return;
    for (const input of this.inputs()) {
      const label = input.closest("label");
      const here = routable.has(input.value);
      label?.classList.toggle("is-elsewhere", !here);
      if (label) label.title = here ? "" : gettext("Nobody here is named for this kind; the office sorts it.");
    }
    // The six first tiles are the commonest that can be routed here.
    const ranked = [...this.config.categories].sort((a, b) => (a.commonest ?? 99) - (b.commonest ?? 99));
    const here = ranked.filter((category) => routable.has(category.key));
    this.first = new Set(here.slice(0, 6).map((category) => category.key));
    for (const key of this.first) {
      const input = this.inputs().find((candidate) => candidate.value === key);
      const tile = input?.closest("label");
      if (tile && !this.parts.tiles.contains(tile)) this.parts.tiles.append(tile);
    }
    this.filter(this.parts.categorySearch.value);
  }

  /** Show what matches the search; without one the first tiles, and all others in the fold. */
  private filter(words: string): void {
    const { tiles, allKinds, noKind } = this.parts;
    const searching = words.trim() !== "";
    const matching = new Set(searchKinds(this.config.categories, words).map((category) => category.key));
    for (const input of this.inputs()) {
      const label = input.closest("label");
      if (!label) continue;
      const stepsBack = tiles.contains(label) && this.first !== null && !this.first.has(input.value);
      label.hidden = searching ? !matching.has(input.value) : stepsBack;
    }
    for (const heading of allKinds.querySelectorAll<HTMLElement>(".tiles__group")) {
      heading.hidden = searching && !heading.nextElementSibling?.querySelector("label:not([hidden])");
    }
    if (searching) allKinds.open = true;
    else if (this.searched) allKinds.open = false;
    this.searched = searching;
    noKind.hidden = !searching || matching.size > 0;
  }

  clearSearch(): void {
    this.parts.categorySearch.value = "";
    this.filter("");
  }

  /** The line that shows what was chosen, and emergency numbers where life is in danger. */
  show(category: CategoryInfo, urgent: boolean, change: () => void): void {
    const { chosen, danger } = this.parts;
    chosen.hidden = false;
    fill(
      chosen,
      markOf(category),
      h("span", null, category.name),
      h("button", { type: "button", class: "btn btn--quiet", onclick: change }, gettext("Change")),
    );
    const life = category.danger || urgent;
    danger.hidden = !life;
    if (!life) return;
    const own = this.config.emergency_numbers.filter((number) => number.categories.includes(category.key));
    const general = this.config.emergency_numbers.filter((number) => number.always && !own.includes(number));
    fill(
      danger,
      h("h3", null, category.danger ? gettext("Danger to life: call first") : gettext("Is anybody in danger? Call first")),
      h(
        "div",
        { class: "cluster" },
        ...[...own, ...general]
          .slice(0, 4)
          .map((number) =>
            h(
              "a",
              { class: "btn", href: `tel:${number.number.replace(/\s/g, "")}` },
              fmt(gettext("%(number)s %(name)s"), { number: number.number, name: number.name }),
            ),
          ),
      ),
      h("p", { class: "meta" }, gettext("Then send this: it goes to its people at once, past every queue.")),
    );
  }
}
