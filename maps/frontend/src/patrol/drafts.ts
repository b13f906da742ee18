/** Drafts that were not sent: to go on with, or to throw away — never silently either; and what ends a draft unsent. */

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

/** What stands in place of a receipt where a voice was added to an earlier case. */
export function showVoiceAdded(into: HTMLElement, next: () => void): void {
  fill(
    into,
    h(
      "div",
      { class: "state" },
      h("h2", null, gettext("Your voice was added")),
      h("p", null, gettext("No second case was filed. You see what becomes of the first one under its number.")),
      button(gettext("Next case"), true, next),
    ),
  );
}
