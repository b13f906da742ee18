/** The plain fields of the form and the draft, kept the same: typed in, read before the scripts came, put back. */

import type { Draft } from "../outbox/store";
import type { Parts } from "./page";
import type { Session } from "./session";

const CHECKS = ["urgent", "confidential"] as const;

export class FormFields {
  constructor(
    private readonly parts: Parts,
    private readonly session: Session,
    private readonly onUrgent: () => void,
  ) {}

  /** Whoever began to type before the scripts came loses nothing. */
  read(): void {
    const data = new FormData(this.parts.form);
    const value = (name: string) => {
      const found = data.get(name);
      return typeof found === "string" ? found : "";
    };
    this.session.draft = {
      ...this.session.draft,
      text: value("text"),
      category: value("category"),
      urgent: data.has("urgent"),
      confidential: data.has("confidential"),
      about: value("about") || "none",
    };
    const code = value("place_code");
    const label = this.parts.placeSelect.selectedOptions[0]?.textContent.trim() ?? "";
    if (code) this.session.draft.where = { kind: "building", location: null, code, label };
  }

  /** Follow what is typed and ticked from now on. */
  follow(): void {
    const { parts, session } = this;
    parts.text.addEventListener("input", () => {
      session.change({ text: parts.text.value });
    });
    parts.form.addEventListener("change", (event) => {
      const input = event.target;
      if (input instanceof HTMLInputElement && input.name === "urgent") {
        session.change({ urgent: input.checked });
        this.onUrgent();
      } else if (input instanceof HTMLInputElement && input.name === "confidential") {
        session.change({ confidential: input.checked });
      } else if (input instanceof HTMLSelectElement && input.name === "about") session.change({ about: input.value });
    });
  }

  /** Put a draft back. */
  restore(draft: Draft): void {
    const { form, text } = this.parts;
    text.value = draft.text;
    for (const name of CHECKS) {
      const box = form.querySelector<HTMLInputElement>(`input[name=${name}]`);
      if (box) box.checked = draft[name];
    }
    const about = form.querySelector<HTMLSelectElement>("select[name=about]");
    if (about) about.value = draft.about;
  }

  clear(): void {
    this.parts.form.reset();
  }
}
