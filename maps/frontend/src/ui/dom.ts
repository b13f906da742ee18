/** Elements without a framework and without HTML strings: text is always text. */

type Child = Node | string | number | null | undefined | false;
type Attributes = Record<string, string | number | boolean | null | undefined | ((event: Event) => void)>;

/**
 * Make an element: `h("button", { class: "btn", onclick: send }, "上报")`.
 *
 * `true` sets an empty attribute; `false`, `null` and `undefined` leave it out; `on…` functions become listeners.
 */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes | null = null,
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  apply(element, attributes);
  element.append(...wanted(children));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

export function svg(tag: string, attributes: Attributes, ...children: Child[]): SVGElement {
  const element = document.createElementNS(SVG, tag);
  apply(element, attributes);
  element.append(...wanted(children));
  return element;
}

function wanted(children: Child[]): (Node | string)[] {
  return children
    .filter((child): child is Node | string | number => child !== null && child !== undefined && child !== false)
    .map((child) => (typeof child === "number" ? String(child) : child));
}

function apply(element: Element, attributes: Attributes | null): void {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
}

/** Put new children in place of the old ones. */
export function fill(parent: Element, ...children: Child[]): void {
  parent.replaceChildren(...wanted(children));
}

/** Find an element that the page's template promises; its absence is a fault of the template, said at once. */
export function need<T extends Element>(selector: string, type: new () => T, root: ParentNode = document): T {
  const element = root.querySelector(selector);
  if (!(element instanceof type)) throw new Error(`the page lacks ${selector} (${type.name})`);
  return element;
}

/** Read a JSON block of the page (`json_script`). */
export function pageJson<T>(id: string): T {
  const text = document.getElementById(id)?.textContent;
  if (!text) throw new Error(`the page lacks its settings: <script id="${id}" type="application/json">`);
  return JSON.parse(text) as T;
}

/** Say something to screen readers; the same words twice are said twice. */
export function announce(region: Element, words: string): void {
  region.textContent = "";
  // A change within one task is not a change to assistive technology.
  requestAnimationFrame(() => {
    region.textContent = words;
  });
}

/** Call `run` once the calls have stopped for `wait_ms`. */
export function debounce<A extends unknown[]>(run: (...args: A) => void, wait_ms: number): (...args: A) => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      run(...args);
    }, wait_ms);
  };
}
