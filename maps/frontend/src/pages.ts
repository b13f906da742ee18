/** Every server-rendered page: htmx for lists and forms, large type and night colours without a reload. */

import htmx from "htmx.org";

// The strict CSP allows neither evaluation nor htmx's own style element.
htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.selfRequestsOnly = true;
htmx.config.attributesToSettle = ["class", "width", "height"]; // a copied style attribute is an inline style
htmx.config.historyCacheSize = 0; // pages hold personal data; nothing of them is left in the browser's storage

function csrfToken(): string {
  const field = document.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]");
  return field?.value ?? "";
}

document.addEventListener("htmx:configRequest", (event) => {
  const { headers, verb } = (event as CustomEvent<{ headers: Record<string, string>; verb: string }>).detail;
  if (verb !== "get") headers["X-CSRFToken"] = csrfToken();
});

// Problem answers of forms come as HTML: with 422 what is wrong, with 409 what somebody else did meanwhile. They are
// shown in place, not dropped.
const SHOWN_IN_PLACE = [409, 422];
document.addEventListener("htmx:beforeSwap", (event) => {
  const detail = (event as CustomEvent<{ xhr: XMLHttpRequest; shouldSwap: boolean; isError: boolean }>).detail;
  if (SHOWN_IN_PLACE.includes(detail.xhr.status)) {
    detail.shouldSwap = true;
    detail.isError = false;
  }
});

/** Whatever else fails leaves the page as it is, and says so: nothing may look as if it had been done. */
function sayFailed(words: string | undefined): void {
  const region = document.getElementById("messages");
  const message = Object.assign(document.createElement("li"), { className: "message message--error", textContent: words ?? "" });
  const list = Object.assign(document.createElement("ul"), { className: "messages" });
  list.append(message);
  region?.replaceChildren(list);
  region?.scrollIntoView({ block: "nearest" });
}

document.addEventListener("htmx:responseError", () => {
  sayFailed(document.getElementById("messages")?.dataset.failed);
});
document.addEventListener("htmx:sendError", () => {
  sayFailed(document.getElementById("messages")?.dataset.offline);
});

/** Large type and colours take effect at once; the form's POST remembers them for the server. */
function bindDisplay(form: HTMLFormElement): void {
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!(button instanceof HTMLButtonElement)) return;
    event.preventDefault();
    const data = new FormData(form, button);
    const root = document.documentElement;
    if (button.name === "type") {
      const large = button.value === "large";
      if (large) root.dataset.type = "large";
      else delete root.dataset.type;
      button.value = large ? "normal" : "large";
      button.setAttribute("aria-pressed", String(large));
    } else {
      root.dataset.theme = button.value;
      button.setAttribute("aria-pressed", String(button.value === "dark"));
      button.value = button.value === "dark" ? "light" : "dark";
    }
    void fetch(form.action, { method: "POST", body: data, redirect: "manual", credentials: "same-origin" });
  });
}

for (const form of document.querySelectorAll<HTMLFormElement>("[data-display-form]")) bindDisplay(form);

// The menu is a <details>: it closes on Escape and when one clicks elsewhere.
const menu = document.querySelector<HTMLDetailsElement>(".site-menu");
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && menu?.open) menu.open = false;
});
document.addEventListener("click", (event) => {
  if (menu?.open && event.target instanceof Node && !menu.contains(event.target)) menu.open = false;
});

// Maps inside pages come only where there is one, also in what htmx brings later.
async function mountMaps(root: ParentNode): Promise<void> {
  if (!root.querySelector("[data-map-widget]")) return;
  const { mountAll } = await import("./map/widget");
  mountAll(root);
}

void mountMaps(document);
document.addEventListener("htmx:load", (event) => {
  if (event.target instanceof HTMLElement) void mountMaps(event.target);
});
