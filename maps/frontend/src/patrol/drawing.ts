/** Drawing from the patrol form: the bar at the thumb, the words, the result in the draft. */

import { fmt, gettext, ngettext } from "../i18n";
import { area_m2, length_m, type Affected } from "../map/geometry";
import { currentTheme } from "../map/theme";
import { distance, surface } from "../ui/format";
import type { Drawing } from "../map/draw";
import type { Parts, Step } from "./page";
import type { Stage } from "./stage";

type Shape = "LineString" | "Polygon";

/** How large a drawn thing is, in words. */
export function sizeWords(geometry: Affected): string {
  if (geometry.type === "LineString") {
    return fmt(gettext("A line of %(size)s is drawn."), { size: distance(length_m(geometry.coordinates)) });
  }
  if (geometry.type === "Polygon") {
    return fmt(gettext("An area of %(size)s is drawn."), { size: surface(area_m2(geometry.coordinates[0] ?? [])) });
  }
  return "";
}

const NEEDED: Record<Shape, number> = { LineString: 2, Polygon: 3 };

export class DrawingBar {
  private drawing: Drawing | null = null;
  private shape: Shape = "LineString";
  private affected: Affected | null = null;

  constructor(
    private readonly parts: Parts,
    private readonly stage: Stage,
    private readonly go: (step: Step) => void,
    private readonly onChange: (affected: Affected | null) => void,
  ) {
    for (const button of this.buttons()) {
      button.addEventListener("click", () => {
        void this.begin(button.dataset.drawShape as Shape);
      });
    }
    parts.drawClear.addEventListener("click", () => {
      this.drawing?.clear();
      this.take(null);
    });
    parts.drawbarAdd.addEventListener("click", () => {
      const { x, y } = stage.crossPoint();
      this.drawing?.addAt(x, y);
    });
    parts.drawbarUndo.addEventListener("click", () => {
      this.drawing?.undo();
    });
    parts.drawbarFinish.addEventListener("click", () => {
      this.drawing?.finish();
      if (!this.drawing?.drawing) this.go("details");
    });
    parts.drawbarCancel.addEventListener("click", () => {
      this.drawing?.cancel();
      this.go("details");
    });
  }

  private buttons(): HTMLButtonElement[] {
    return [...this.parts.draw.querySelectorAll<HTMLButtonElement>("[data-draw-shape]")];
  }

  /** Offer what this kind of case may be drawn as. */
  offer(geometry: readonly string[]): void {
    const may: Record<Shape, boolean> = {
      LineString: geometry.some((kind) => kind === "line" || kind === "LineString"),
      Polygon: geometry.some((kind) => kind === "area" || kind === "Polygon"),
    };
    for (const button of this.buttons()) button.hidden = !may[button.dataset.drawShape as Shape];
    this.parts.draw.hidden = !this.stage.map || !(may.LineString || may.Polygon);
    if (this.affected && !may[this.affected.type as Shape]) {
      this.drawing?.clear();
      this.take(null);
    }
  }

  private async load(): Promise<Drawing | null> {
    const map = this.stage.map;
    if (!map) return null;
    if (!this.drawing) {
      const { Drawing: Kind } = await import("../map/draw");
      this.drawing = new Kind(map, currentTheme().primary as `#${string}`, {
        onChange: (geometries) => {
          this.take(geometries[0] ?? null);
        },
        onPoints: (count) => {
          this.say(count);
        },
      });
    }
    return this.drawing;
  }

  private async begin(shape: Shape): Promise<void> {
    const drawing = await this.load();
    if (!drawing) return;
    this.shape = shape;
    drawing.clear();
    this.go("draw");
    drawing.start(shape);
  }

  private say(points: number): void {
    const missing = NEEDED[this.shape] - points;
    this.parts.drawbarFinish.disabled = missing > 0;
    this.parts.drawbarUndo.disabled = points === 0;
    this.parts.drawbarWords.textContent =
      missing > 0
        ? fmt(
            ngettext(
              "Tap the map, or set the point at the cross: %(n)s point more.",
              "Tap the map, or set the points at the cross: %(n)s points more.",
              missing,
            ),
            { n: missing },
          )
        : fmt(ngettext("%(n)s point. Further ones, or Done.", "%(n)s points. Further ones, or Done.", points), { n: points });
  }

  private take(affected: Affected | null): void {
    this.affected = affected;
    this.parts.drawHint.textContent = affected ? sizeWords(affected) : "";
    this.parts.drawClear.hidden = affected === null;
    this.onChange(affected);
    if (affected && !this.drawing?.drawing && !this.parts.drawbar.hidden) this.go("details");
  }

  /** Show what a draft holds; null clears. */
  async restore(affected: Affected | null): Promise<void> {
    this.affected = affected;
    this.parts.drawHint.textContent = affected ? sizeWords(affected) : "";
    this.parts.drawClear.hidden = affected === null;
    if (!affected) {
      this.drawing?.clear();
      return;
    }
    (await this.load())?.load([affected]);
  }
}
