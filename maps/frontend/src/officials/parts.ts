/** The parts of the page that change with the address: asked from the server, put in place of the old ones. */

import { UnreachableError } from "../api/http";
import { gettext } from "../i18n";

/** Ask for the parts that an address describes. What cannot be narrowed down like this comes back as words, too. */
export async function fetchParts(
  search: string,
  { size, drawn, signal }: { size: string; drawn: boolean; signal: AbortSignal },
): Promise<Document> {
  const params = new URLSearchParams(search);
  params.set("size", size);
  let response: Response;
  try {
    response = await fetch(`${location.pathname}?${params.toString()}`, {
      headers: { "X-Map-Part": "1", ...(drawn ? { "X-Map-Drawn": "1" } : {}) },
      credentials: "same-origin",
      signal,
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new UnreachableError(gettext("No connection to the server."));
  }
  const parts = new DOMParser().parseFromString(await response.text(), "text/html");
  if (!parts.querySelector("[data-swap]")) {
    throw new UnreachableError(
      response.status === 429
        ? gettext("Too many requests. Wait a minute, then go on.")
        : gettext("The server could not answer. Load the page again."),
    );
  }
  return parts;
}

/** Put the new parts in place; the keyboard stays where it was. */
export function swapParts(parts: Document): void {
  const focus = focused();
  for (const fresh of parts.querySelectorAll("[data-swap]")) {
    document.getElementById(fresh.id)?.replaceWith(document.importNode(fresh, true));
  }
  if (!focus) return;
  const links = document.getElementById(focus.part)?.querySelectorAll<HTMLElement>("a, summary");
  links?.[Math.min(focus.number, links.length - 1)]?.focus({ preventScroll: true });
}

function focused(): { part: string; number: number } | null {
  const part = document.activeElement?.closest("[data-swap]");
  if (!part || !document.activeElement) return null;
  return { part: part.id, number: [...part.querySelectorAll("a, summary")].indexOf(document.activeElement) };
}
