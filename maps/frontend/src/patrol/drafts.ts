/** Drafts that were not sent: to go on with, or to throw away — never silently either. */

import { gettext } from "../i18n";
import type { Draft } from "../outbox/store";
import { fill, h } from "../ui/dom";
import { ago } from "../ui/format";

export interface DraftActions {
  nameOf: (draft: Draft) => string;
  resume: (draft: Draft) => void;
  discard: (draft: Draft) => void;
  later: () => void;
}

export function button(words: string, primary: boolean, onclick: () => void): HTMLButtonElement {
  return h("button", { type: "button", class: primary ? "btn btn--primary" : "btn", onclick }, words);
}

export function showDrafts(into: HTMLElement, drafts: Draft[], actions: DraftActions): void {
  fill(
    into,
    h("h2", null, gettext("Not sent yet")),
    h(
      "ul",
      { class: "tasks__list" },
      ...drafts.map((draft) =>
        h(
          "li",
          { class: "card" },
          h(
            "p",
            null,
            h("strong", null, actions.nameOf(draft)),
            " ",
            draft.text.slice(0, 60),
            " ",
            h("span", { class: "meta" }, ago(draft.updated_at)),
          ),
          draft.refused ? h("p", { class: "field__error" }, draft.refused.detail ?? "") : null,
          h(
            "div",
            { class: "cluster" },
            button(gettext("Go on"), true, () => {
              actions.resume(draft);
            }),
            button(gettext("Throw away"), false, () => {
              actions.discard(draft);
            }),
          ),
        ),
      ),
    ),
    h("div", { class: "actions" }, button(gettext("Later"), false, actions.later)),
  );
}
