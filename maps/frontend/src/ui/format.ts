/** Dates, spans and distances in words: `11月21日 周六 18:30`, `还剩 2 天`, `120 米`. */

import { fmt, gettext, language, ngettext } from "../i18n";

const MINUTE_S = 60;
const HOUR_S = 60 * MINUTE_S;
const DAY_S = 24 * HOUR_S;

/** Day, weekday and time in the place's time zone; the year only where it is not this one. */
export function dateTime(iso: string, timeZone: string, now: Date = new Date()): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const english = language().startsWith("en");
  const part = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(english ? "en-GB" : language(), { timeZone, ...options }).format(date);
  const sameYear = yearIn(date, timeZone) === yearIn(now, timeZone);
  const day = part(sameYear ? { month: "long", day: "numeric" } : { year: "numeric", month: "long", day: "numeric" });
  const time = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" }).format(date);
  const weekday = part({ weekday: "short" });
  return english ? `${weekday} ${day} ${time}` : `${day} ${weekday} ${time}`;
}

function yearIn(date: Date, timeZone: string): string {
  return new Intl.DateTimeFormat("en", { timeZone, year: "numeric" }).format(date);
}

function spanWords(seconds: number): string {
  if (seconds < HOUR_S) {
    const n = Math.max(1, Math.round(seconds / MINUTE_S));
    return fmt(ngettext("%(n)s minute", "%(n)s minutes", n), { n });
  }
  if (seconds < 2 * DAY_S) {
    const n = Math.round(seconds / HOUR_S);
    return fmt(ngettext("%(n)s hour", "%(n)s hours", n), { n });
  }
  const n = Math.round(seconds / DAY_S);
  return fmt(ngettext("%(n)s day", "%(n)s days", n), { n });
}

/** How long ago, in words. */
export function ago(iso: string, now: Date = new Date()): string {
  const seconds = (now.getTime() - new Date(iso).getTime()) / 1000;
  return seconds < MINUTE_S ? gettext("just now") : fmt(gettext("%(span)s ago"), { span: spanWords(seconds) });
}

/** What is left until a deadline, or by how much it has passed. */
export function untilDeadline(iso: string, now: Date = new Date()): { words: string; late: boolean } {
  const seconds = (new Date(iso).getTime() - now.getTime()) / 1000;
  const late = seconds < 0;
  const text = late ? gettext("overdue by %(span)s") : gettext("%(span)s left");
  return { words: fmt(text, { span: spanWords(Math.abs(seconds)) }), late };
}

/** Metres without false precision: 8 米, 120 米, 1.4 公里. */
export function distance(metres: number): string {
  if (metres < 1000) {
    const n = metres < 20 ? Math.round(metres) : Math.round(metres / 10) * 10;
    if (n < 1000) return fmt(gettext("%(n)s m"), { n });
  }
  return fmt(gettext("%(n)s km"), { n: (metres / 1000).toFixed(1) });
}

/** Square metres, or hectares from one hectare. */
export function surface(area_m2: number): string {
  return area_m2 < 10_000
    ? fmt(gettext("%(n)s m²"), { n: area_m2 < 100 ? Math.round(area_m2) : Math.round(area_m2 / 10) * 10 })
    : fmt(gettext("%(n)s ha"), { n: (area_m2 / 10_000).toFixed(1) });
}

export function bytes(count: number): string {
  return count < 1_000_000 ? `${Math.max(1, Math.round(count / 1000))} kB` : `${(count / 1_000_000).toFixed(1)} MB`;
}
