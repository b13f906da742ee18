/** The receipt as a ticket, and what stands in its place while the case waits on this phone. */

import type { Receipt } from "../api/types";
import { fmt, gettext } from "../i18n";
import type { MapConfig } from "../map/config";
import { fill, h } from "../ui/dom";
import { dateTime, untilDeadline } from "../ui/format";
import { buildingWords, partyWords } from "./words";

type Item = [string, HTMLElement | string | null];

function facts(items: Item[]): HTMLElement {
  return h(
    "dl",
    { class: "facts" },
    ...items.flatMap(([term, value]) => (value === null || value === "" ? [] : [h("dt", null, term), h("dd", null, value)])),
  );
}

function people(receipt: Receipt): HTMLElement | null {
  const { leaders, handlers = [], departments = [], party_cell } = receipt.assigned;
  if (leaders.length + handlers.length + departments.length === 0 && !party_cell) return null;
  const call = (phone: string | null | undefined) =>
    phone
      ? h(
          "a",
          {
            class: "btn btn--quiet people__call",
            href: `tel:${phone}`,
            "aria-label": fmt(gettext("Call %(phone)s"), { phone }),
          },
          `☎ ${phone}`,
        )
      : null;
  return h(
    "ul",
    { class: "people" },
    ...[...leaders, ...handlers].map((leader) =>
      h(
        "li",
        null,
        h("span", null, h("strong", null, leader.name ?? leader.post), " ", leader.name ? leader.post : null),
        leader.acting ? h("span", { class: "chip" }, gettext("acting")) : null,
        call(leader.phone),
      ),
    ),
    ...departments.map((department) => h("li", null, h("strong", null, department.name), call(department.phone))),
    party_cell ? h("li", { class: "party" }, h("strong", null, partyWords(party_cell))) : null,
  );
}

function deadline(receipt: Receipt, timeZone: string): HTMLElement | null {
  const until = receipt.triage.deadline;
  if (!until) return null;
  const { words, late } = untilDeadline(until);
  return h(
    "span",
    null,
    `${dateTime(until, timeZone)} `,
    h("span", { class: late ? "deadline deadline--late" : "deadline meta" }, words),
  );
}

/** Put the ticket on the page. */
export function showReceipt(
  into: HTMLElement,
  receipt: Receipt,
  config: MapConfig,
  photoProblems: string[],
  actions: HTMLElement[],
): void {
  const timeZone = config.place?.time_zone ?? "Asia/Shanghai";
  const proposed = receipt.triage.state === "proposed";
  const label = receipt.triage.label_name ?? receipt.triage.label;
  const route = receipt.triage.route_name ?? receipt.triage.route;
  const place = receipt.areas.map((area) => area.name).join(" › ");
  const why = [...receipt.triage.explanation, ...(receipt.explanation ?? [])];
  fill(
    into,
    h(
      "article",
      { class: "ticket", "aria-label": gettext("Receipt") },
      h(
        "header",
        { class: "ticket__head" },
        h("span", null, gettext("✓ Accepted")),
        h("span", { class: "ticket__number" }, receipt.number ?? String(receipt.id)),
      ),
      h(
        "div",
        { class: "ticket__body" },
        h("h3", null, gettext("Has it")),
        people(receipt) ?? h("p", null, gettext("The office finds whose it is")),
        h("hr"),
        facts([
          [gettext("Where"), place],
          [gettext("Building"), receipt.building ? buildingWords(receipt.building) : null],
          [
            gettext("Class"),
            label
              ? h(
                  "span",
                  { class: "cluster" },
                  h("span", null, label),
                  h(
                    "span",
                    { class: proposed ? "chip chip--proposed" : "chip chip--confirmed" },
                    proposed ? gettext("proposed, people confirm") : gettext("confirmed"),
                  ),
                )
              : null,
          ],
          [gettext("Goes to"), route],
          [gettext("By"), deadline(receipt, timeZone)],
        ]),
        why.length > 0
          ? h(
              "details",
              { class: "why" },
              h("summary", null, gettext("Why")),
              h("ul", null, ...why.map((line) => h("li", null, line))),
            )
          : null,
        ...(receipt.notes ?? []).map((words) => h("p", { class: "state state--partial state--inline" }, words)),
        photoProblems.length > 0
          ? h(
              "div",
              { class: "state state--partial state--inline" },
              h("strong", null, gettext("The case is in, but not every photo:")),
              h("ul", null, ...photoProblems.map((words) => h("li", null, words))),
            )
          : null,
      ),
      h(
        "footer",
        { class: "ticket__stub" },
        h("span", { class: "meta" }, gettext("Follow code")),
        h("span", { class: "ticket__code" }, receipt.follow_code),
      ),
    ),
    h("div", { class: "actions" }, ...actions),
  );
}

/** The case is on this phone and on its way. */
export function showWaiting(into: HTMLElement, reason: string, signedOut: boolean, actions: HTMLElement[]): void {
  fill(
    into,
    h(
      "div",
      { class: "state state--offline", role: "status" },
      h("h2", null, signedOut ? gettext("Kept on this phone: please sign in again") : gettext("Kept on this phone, not sent yet")),
      h("p", null, reason),
      h(
        "p",
        null,
        signedOut
          ? gettext("After signing in it is sent by itself.")
          : gettext("It is sent by itself as soon as there is a connection. Do not clear the browser's data until then."),
      ),
      h("div", { class: "cluster" }, ...actions),
    ),
  );
}

export function showSending(into: HTMLElement, words: string): void {
  fill(
    into,
    h("div", { class: "state state--loading", role: "status" }, h("span", { class: "spinner" }), h("p", null, words)),
  );
}
