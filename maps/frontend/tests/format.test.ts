import { beforeEach, describe, expect, it } from "vitest";
import { fmt, gettext, ngettext, pgettext, useCatalogue } from "../src/i18n";
import { ago, bytes, dateTime, distance, surface, untilDeadline } from "../src/ui/format";

const CHINESE = {
  "%(n)s minute": ["%(n)s 分钟"],
  "%(n)s hour": ["%(n)s 小时"],
  "%(n)s day": ["%(n)s 天"],
  "%(span)s left": "还剩 %(span)s",
  "overdue by %(span)s": "已超 %(span)s",
  "%(span)s ago": "%(span)s前",
  "just now": "刚刚",
  "%(n)s m": "%(n)s 米",
  "%(n)s km": "%(n)s 公里",
  "%(n)s m²": "%(n)s 平方米",
  "%(n)s ha": "%(n)s 公顷",
  "button\u0004Report": "上报",
};
const NOW = new Date("2026-11-21T10:30:00Z");
const SHANGHAI = "Asia/Shanghai";

beforeEach(() => {
  useCatalogue("zh-hans", CHINESE);
});

describe("dates", () => {
  it("reads as an official writes it, in the place's time", () => {
    expect(dateTime("2026-11-21T10:30:00Z", SHANGHAI, NOW)).toBe("11月21日 周六 18:30");
  });
  it("names the year where it is another", () => {
    expect(dateTime("2018-03-05T01:05:00+08:00", SHANGHAI, NOW)).toBe("2018年3月5日 周一 01:05");
  });
  it("is English in English", () => {
    useCatalogue("en", {});
    expect(dateTime("2026-11-21T10:30:00Z", SHANGHAI, NOW)).toBe("Sat 21 November 18:30");
  });
  it("turns the year where the place does, not where the phone stands", () => {
    expect(dateTime("2026-12-31T16:30:00Z", SHANGHAI, NOW)).toBe("2027年1月1日 周五 00:30");
  });
  it("shows what it cannot read as it is", () => {
    expect(dateTime("soon", SHANGHAI, NOW)).toBe("soon");
  });
});

describe("deadlines", () => {
  it.each([
    ["2026-11-28T10:29:58Z", "还剩 7 天", false],
    ["2026-11-21T12:30:00Z", "还剩 2 小时", false],
    ["2026-11-21T10:45:00Z", "还剩 15 分钟", false],
    ["2026-11-20T10:30:00Z", "已超 24 小时", true],
    ["2026-11-18T10:30:00Z", "已超 3 天", true],
  ])("%s: %s", (iso, words, late) => {
    expect(untilDeadline(iso, NOW)).toEqual({ words, late });
  });
  it("says how long ago", () => {
    expect(ago("2026-11-18T10:30:00Z", NOW)).toBe("3 天前");
    expect(ago("2026-11-21T10:29:30Z", NOW)).toBe("刚刚");
  });
});

describe("sizes", () => {
  it.each([
    [7.6, "8 米"],
    [123, "120 米"],
    [996, "1.0 公里"],
    [1440, "1.4 公里"],
  ])("%d m", (metres, words) => {
    expect(distance(metres)).toBe(words);
  });
  it("uses hectares from one hectare", () => {
    expect(surface(84)).toBe("84 平方米");
    expect(surface(1234)).toBe("1230 平方米");
    expect(surface(15_000)).toBe("1.5 公顷");
  });
  it("has a unit for bytes", () => {
    expect(bytes(10)).toBe("1 kB");
    expect(bytes(2_345_678)).toBe("2.3 MB");
  });
});

describe("texts", () => {
  it("fall back to English, and keep what they do not know visible", () => {
    expect(gettext("Not translated")).toBe("Not translated");
    expect(fmt("%(a)s and %(b)s", { a: 1 })).toBe("1 and %(b)s");
    expect(pgettext("button", "Report")).toBe("上报");
    expect(pgettext("noun", "Report")).toBe("Report");
  });
  it("take the plural of their language", () => {
    expect(ngettext("%(n)s day", "%(n)s days", 2)).toBe("%(n)s 天");
    useCatalogue("en", {});
    expect(ngettext("%(n)s day", "%(n)s days", 1)).toBe("%(n)s day");
    expect(ngettext("%(n)s day", "%(n)s days", 2)).toBe("%(n)s days");
    useCatalogue("en", { "%(n)s day": ["a day", "%(n)s days!"] });
    expect(ngettext("%(n)s day", "%(n)s days", 2)).toBe("%(n)s days!");
  });
});
