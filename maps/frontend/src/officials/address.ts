/** The address of the page holds the whole view; everything that is done changes it, nothing is kept elsewhere. */

export interface At {
  lon: number;
  lat: number;
  zoom: number;
}

export function atText({ lon, lat, zoom }: At): string {
  return `${lon.toFixed(5)},${lat.toFixed(5)},${zoom.toFixed(2)}`;
}

export function readAt(search: string): At | null {
  const [lon, lat, zoom] = (new URLSearchParams(search).get("at") ?? "").split(",").map(Number);
  if (lon === undefined || lat === undefined || zoom === undefined) return null;
  return [lon, lat, zoom].every(Number.isFinite) ? { lon, lat, zoom } : null;
}

/** Query with some parameters changed; null and empty take one out. Commas and colons stay readable. */
export function changed(search: string, changes: Record<string, string | null>): string {
  const params = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes)) {
    if (value) params.set(name, value);
    else params.delete(name);
  }
  const text = params.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
  return text ? `?${text}` : "";
}

/** Query after a change in the form: its controls stand for themselves, a page of the list begins anew. */
export function fromForm(search: string, fields: Iterable<[string, string]>): string {
  return changed(search, { ...Object.fromEntries(fields), after: null });
}

/** A link that shows tomorrow what it shows today: "last 30 days" becomes the days that it means. */
export function lastingSearch(search: string, since: string, tomorrow: string): string {
  if (!new URLSearchParams(search).has("period")) return search;
  return changed(search, { period: null, since, until: tomorrow });
}
