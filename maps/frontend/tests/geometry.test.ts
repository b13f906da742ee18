import { describe, expect, it } from "vitest";
import { area_m2, bounds, circle, distance_m, length_m, representative, rounded, widen } from "../src/map/geometry";

const JINAN = [116.97, 36.69];

describe("distances", () => {
  it("knows a degree of latitude", () => {
    expect(distance_m([117, 36], [117, 37])).toBeCloseTo(111_195, -1);
  });
  it("is nothing from a place to itself and the same both ways", () => {
    expect(distance_m(JINAN, JINAN)).toBe(0);
    expect(distance_m(JINAN, [116.98, 36.7])).toBeCloseTo(distance_m([116.98, 36.7], JINAN), 9);
  });
  it("adds up along a line, and a point has no length", () => {
    expect(length_m([])).toBe(0);
    expect(length_m([JINAN])).toBe(0);
    expect(length_m([[117, 36], [117, 36.5], [117, 37]])).toBeCloseTo(distance_m([117, 36], [117, 37]), 6);
  });
});

describe("areas", () => {
  it("measures a square of a thousandth of a degree, open or closed, either way round", () => {
    const ring = [[117, 0], [117.001, 0], [117.001, 0.001], [117, 0.001]];
    const expected = 111.195 ** 2;
    expect(area_m2(ring)).toBeCloseTo(expected, 0);
    expect(area_m2([...ring, [117, 0]])).toBeCloseTo(expected, 0);
    expect(area_m2([...ring].reverse())).toBeCloseTo(expected, 0);
  });
  it("gives nothing for fewer than three corners", () => {
    expect(area_m2([JINAN, [117, 37]])).toBe(0);
    expect(area_m2([])).toBe(0);
  });
});

describe("the ring of a fix", () => {
  it("is closed and as far away as the accuracy says", () => {
    const [ring = []] = circle(JINAN, 35).coordinates;
    expect(ring[0]).toEqual(ring[ring.length - 1]);
    for (const position of ring) expect(Math.abs(distance_m(JINAN, position) - 35)).toBeLessThan(0.2);
  });
});

describe("the position that stands for a drawing", () => {
  it("is half way along a line, whatever its corners", () => {
    const [lon = 0, lat = 0] = representative({ type: "LineString", coordinates: [[0, 0], [0, 0.001], [0, 0.004]] });
    expect(lon).toBe(0);
    expect(lat).toBeCloseTo(0.002, 9);
  });
  it("is the middle of an area", () => {
    const coordinates = [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]];
    expect(representative({ type: "Polygon", coordinates })).toEqual([1, 1]);
  });
});

it("rounds to the centimetre, the same each time", () => {
  const point = rounded({ type: "Point", coordinates: [116.97012345678, 36.69] });
  expect(point).toEqual({ type: "Point", coordinates: [116.9701235, 36.69] });
  expect(JSON.stringify(rounded(point))).toBe(JSON.stringify(point));
});

it("finds the box of anything, and none of nothing", () => {
  expect(bounds([[[1, 2], [3, -4]], [[0, 0]]])).toEqual([0, -4, 3, 2]);
  expect(bounds([])).toBeNull();
  expect(widen([1, 1, 1, 1])).toEqual([0.9992, 0.9992, 1.0008, 1.0008]);
});
