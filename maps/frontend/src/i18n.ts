/**
 * Texts of the scripts, from Django's gettext.
 *
 * The page carries the catalogue of its language as `<script id="catalog" type="application/json">` (template tag
 * `ts_catalog`): no further request, nothing to wait for, and no code to evaluate — which is why the plural rule is
 * not taken from the catalogue's header but from `Intl.PluralRules`. Source texts are English.
 *
 * `manage.py makemessages -d djangojs -e ts` finds calls of `gettext`, `ngettext` and `pgettext` by their names.
 */

interface Catalogue {
  language: string;
  messages: Record<string, string | string[]>;
}

const CONTEXT_SEPARATOR = "\u0004";

function readCatalogue(): Catalogue {
  // A page has one under the plain name; maps inside other pages (administration) bring one each.
  const element = document.getElementById("catalog") ?? document.querySelector("script[id$='-catalog']");
  const language = document.documentElement.lang || "zh-hans";
  if (!element?.textContent) return { language, messages: {} };
  return { language, messages: JSON.parse(element.textContent) as Catalogue["messages"] };
}

let catalogue: Catalogue = readCatalogue();

/** Use another catalogue: for tests and for pages that change language in place. */
export function useCatalogue(language: string, messages: Catalogue["messages"]): void {
  catalogue = { language, messages };
}

/** BCP 47 tag of the page, as `Intl` takes it. */
export function language(): string {
  return catalogue.language.toLowerCase().startsWith("zh") ? "zh-CN" : catalogue.language;
}

export function gettext(msgid: string): string {
  const found = catalogue.messages[msgid];
  return (Array.isArray(found) ? found[0] : found) ?? msgid;
}

export function pgettext(context: string, msgid: string): string {
  const found = catalogue.messages[context + CONTEXT_SEPARATOR + msgid];
  return (Array.isArray(found) ? found[0] : found) ?? msgid;
}

export function ngettext(singular: string, plural: string, count: number): string {
  const found = catalogue.messages[singular];
  if (!Array.isArray(found)) return count === 1 ? singular : plural;
  // Chinese and Korean have one form; English has two, in gettext's order: one, other.
  const index = found.length > 1 && new Intl.PluralRules(language()).select(count) !== "one" ? 1 : 0;
  return found[index] ?? (count === 1 ? singular : plural);
}

/** Put values into a text: `fmt("%(n)s m", { n: 3 })`. An unknown name stays as it is, so that it is seen. */
export function fmt(text: string, values: Record<string, string | number>): string {
  return text.replace(/%\((\w+)\)s/g, (whole, name: string) => {
    const value = values[name];
    return value === undefined ? whole : String(value);
  });
}
