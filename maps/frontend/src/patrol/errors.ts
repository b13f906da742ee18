/** Words next to the field they are about; where there is no such field, above the button. */

import { h } from "../ui/dom";
import type { Parts } from "./page";

export class FormErrors {
  constructor(private readonly parts: Parts) {}

  clear(): void {
    this.parts.formError.hidden = true;
    for (const element of this.parts.form.querySelectorAll("[data-server-error]")) element.remove();
    for (const element of this.parts.form.querySelectorAll("[aria-invalid]")) element.removeAttribute("aria-invalid");
  }

  /** @param field As the problem document names it: `location.coordinates` belongs to `location`. */
  show(field: string, words: string): void {
    const box = document.getElementById(`field-${field.split(".")[0] ?? ""}`);
    if (box) {
      const told = h("p", { class: "field__error", "data-server-error": true, role: "alert" }, words);
      // Right below the question: at the end of a long field they would lie out of sight.
      const question = box.querySelector("legend, label");
      if (question?.parentElement === box) question.after(told);
      else box.prepend(told);
      box.querySelector("input, textarea, select")?.setAttribute("aria-invalid", "true");
      told.scrollIntoView({ block: "center" });
    }
    this.parts.formError.hidden = box !== null;
    this.parts.formError.textContent = words;
  }
}
