import { describe, expect, it } from "vitest";
import { atText, changed, fromForm, lastingSearch, readAt } from "../src/officials/address";
import { isStale, labelsOf, type Payload } from "../src/officials/payload";

const PAYLOAD: Payload = {
  mode: "cells",
  level: "",
  place: "town",
  classes: [{ colour: "#fde725", ink: "#000000" }],
  zooms: [12, 13.5],
  within: null,
  cells: [],
  areas: [],
  picked: null,
  key: "",
  points: { type: "FeatureCollection", features: [] },
  words: { unit: "" },
  since: "2026-10-24",
  tomorrow: "2026-11-23",
};

describe("the address", () => {
  it("changes what is named and keeps the rest, readable", () => {
    expect(changed("?category=road&cell=8a", { cell: null, at: "116.98,36.68,14.50" })).toBe(
      "?category=road&at=116.98,36.68,14.50",
    );
    expect(changed("?lies_in=grid%3A1", {})).toBe("?lies_in=grid:1");
    expect(changed("?cell=8a", { cell: null })).toBe("");
  });
  it("takes the form's values, empty ones out, and begins the list anew", () => {
    const fields: [string, string][] = [["category", ""], ["state", "open"]];
    expect(fromForm("?category=road&mode=areas&after=x", fields)).toBe("?mode=areas&state=open");
  });
  it("says where the map stands, and reads it again", () => {
    const at = { lon: 116.976543, lat: 36.680001, zoom: 14.256 };
    expect(atText(at)).toBe("116.97654,36.68000,14.26");
    expect(readAt("?at=116.97654,36.68,14.26")).toEqual({ lon: 116.97654, lat: 36.68, zoom: 14.26 });
    expect(readAt("?at=1,2")).toBeNull();
    expect(readAt("?at=a,b,c")).toBeNull();
    expect(readAt("")).toBeNull();
  });
  it("freezes a relative period in a copied link", () => {
    expect(lastingSearch("?period=30&category=road", "2026-10-24", "2026-11-23")).toBe(
      "?category=road&since=2026-10-24&until=2026-11-23",
    );
    expect(lastingSearch("?category=road", "", "2026-11-23")).toBe("?category=road");
  });
});

describe("what the server sent", () => {
  it("holds for its zooms", () => {
    expect(isStale(PAYLOAD, 12, [0, 0, 1, 1])).toBe(false);
    expect(isStale(PAYLOAD, 13.5, [0, 0, 1, 1])).toBe(true);
    expect(isStale(PAYLOAD, 11.9, [0, 0, 1, 1])).toBe(true);
    expect(isStale({ ...PAYLOAD, zooms: null }, 3, [0, 0, 1, 1])).toBe(false);
  });
  it("holds for its box, where cells were left out", () => {
    const cut: Payload = { ...PAYLOAD, within: [0, 0, 2, 2] };
    expect(isStale(cut, 12, [0.5, 0.5, 1.5, 1.5])).toBe(false);
    expect(isStale(cut, 12, [0.5, 0.5, 2.5, 1.5])).toBe(true);
  });
  it("puts numbers into the middle of cells, and onto areas that have one", () => {
    const ring = [[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]];
    const cell = {
      type: "Feature" as const,
      geometry: { type: "Polygon" as const, coordinates: [ring] },
      properties: { key: "8a", count: 7, position: 0 },
    };
    expect(labelsOf({ ...PAYLOAD, cells: [cell] })).toEqual([{ lon: 1, lat: 1, text: "7", position: 0 }]);
    const area = { key: "a", name: "A", count: 0, value: 0, position: null, at: [1, 2] as [number, number] };
    const areas = [area, { ...area, key: "b", value: 3.5, position: 0 }];
    expect(labelsOf({ ...PAYLOAD, mode: "areas", areas })).toEqual([{ lon: 1, lat: 2, text: "3.5", position: 0 }]);
  });
});
