/** Which part of the page is open, and how much of the map it leaves free. */

import type { Parts, Step } from "./page";
import type { Stage } from "./stage";

const SIDE_BY_SIDE = "(min-width: 60rem)";

export class Steps {
  current: Step = "start";

  constructor(
    private readonly parts: Parts,
    private readonly stage: Stage,
    private readonly onEnter: (step: Step) => void,
  ) {
    new ResizeObserver(() => {
      this.fit();
    }).observe(parts.sheet);
    addEventListener("resize", () => {
      this.fit();
    });
  }

  go(step: Step): void {
    const { parts } = this;
    const before = this.current;
    this.current = step;
    parts.root.dataset.step = step;
    parts.start.hidden = step !== "start";
    parts.sheet.toggleAttribute("data-open", step === "category" || step === "details" || step === "result");
    parts.sheet.dataset.size = step === "result" ? "tall" : "half";
    parts.result.hidden = step !== "result";
    parts.back.hidden = step === "result";
    parts.tasks.hidden = step !== "tasks";
    parts.drawbar.hidden = step !== "draw";
    if (step === "category" || step === "details") parts.form.scrollTop = 0;
    this.onEnter(step);
    this.fit();
    if (before !== step) this.focus(step);
  }

  /** Where a keyboard goes on; never into a text field, which would open the phone's own keyboard over the map. */
  private focus(step: Step): void {
    const { parts } = this;
    const target: Partial<Record<Step, HTMLElement | null>> = {
      start: parts.report,
      category: parts.tiles.querySelector("label:not([hidden]) input"),
      details: parts.chosen.querySelector("button"),
      result: parts.result,
      tasks: parts.tasks.querySelector("button"),
      draw: parts.drawbarAdd,
    };
    target[step]?.focus({ preventScroll: true });
  }

  /** Tell map and cross what the card, the sheet and the drawing bar cover. */
  fit(): void {
    const { parts } = this;
    const stage = parts.stage.getBoundingClientRect();
    const side = matchMedia(SIDE_BY_SIDE).matches;
    const covering = [parts.sheet, parts.tasks, parts.drawbar, parts.start]
      .filter((element) => !element.hidden && getComputedStyle(element).display !== "none")
      .map((element) => element.getBoundingClientRect());
    const bottom = side ? 0 : Math.max(0, ...covering.map((box) => stage.bottom - box.top));
    const open = this.current !== "start" && this.current !== "draw";
    const left = side && open ? Math.max(0, ...covering.map((box) => box.right - stage.left)) : 0;
    const top = parts.where.getBoundingClientRect().bottom - stage.top;
    // A sheet over nearly everything (the receipt on a phone) leaves no middle worth keeping.
    if (bottom > stage.height * 0.8) return;
    this.stage.pad(side ? 0 : Math.max(0, top), bottom, left);
  }
}
