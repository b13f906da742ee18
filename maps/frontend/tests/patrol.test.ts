import { beforeEach, describe, expect, it } from "vitest";
import type { Located } from "../src/api/types";
import { useCatalogue } from "../src/i18n";
import { pieces, toGcj02, worldPixel } from "../src/map/gcj02";
import { moveOf } from "../src/map/keyboard";
import { caseImage } from "../src/map/style";
import { editable, readGeometry, writeGeometry } from "../src/map/geojson";
import { iconOf, imageName } from "../src/map/symbols";
import { exifSegment, fit, withSegment } from "../src/outbox/photo";
import { searchKinds } from "../src/patrol/categories";
import { chainWords, gridWords, leaderWords, whoWords } from "../src/patrol/words";
import { h } from "../src/ui/dom";

beforeEach(() => {
  useCatalogue("en", {});
});

describe("who has it, in words", () => {
  const leader = { name: "王建国", post: "网格长" };
  const cell = { name: "第2网格党支部", kind: "branch", head: "赵明", head_title: "书记" };
  it("names one by name and post, a team by its first", () => {
    expect(leaderWords({ ...leader, acting: true })).toBe("王建国, 网格长, acting");
    expect(leaderWords({ name: null, post: "网格长" })).toBe("网格长");
    expect(whoWords([leader], null)).toBe("王建国, 网格长");
    expect(whoWords([leader, leader, leader], cell)).toBe("王建国, 网格长 and 2 more; 第2网格党支部 (书记 赵明)");
    expect(whoWords([], null)).toBe("");
  });
  it("says where the pin is, and when it is nowhere", () => {
    const located: Located = {
      outcome: "inside", place: "p", generation: "g", leaders: [], party_cell: null, distance_to_border_m: 3,
      candidates: [], explanation: [], building: { code: "b", name: "12号楼", unit: "2单元" },
      areas: ["无影山街道", "翡翠社区", "翡翠郡", "第2网格"].map((name) => ({ level: "x", code: name, name })),
    };
    expect(gridWords(located)).toBe("第2网格");
    expect(chainWords(located.areas, located.building)).toBe("翡翠社区 · 翡翠郡 · 12号楼 2单元");
    expect(gridWords({ ...located, outcome: "outside", areas: [] })).toBe("Outside every grid");
    expect(gridWords({ ...located, outcome: "border" })).toContain("border");
  });
});

describe("search for a kind", () => {
  const kinds = [
    { key: "road", name: "道路破损", keywords: ["坑洼", "路面塌陷"] },
    { key: "parking", name: "机动车乱停放", keywords: ["停车"] },
  ];
  it("finds by name, by what people call it, and by key", () => {
    expect(searchKinds(kinds, "破损").map((kind) => kind.key)).toEqual(["road"]);
    expect(searchKinds(kinds, "停车").map((kind) => kind.key)).toEqual(["parking"]);
    expect(searchKinds(kinds, "ROAD 坑").map((kind) => kind.key)).toEqual(["road"]);
    expect(searchKinds(kinds, "")).toHaveLength(2);
    expect(searchKinds(kinds, "井盖")).toEqual([]);
  });
});

it("moves by keys, finer with Shift", () => {
  expect(moveOf("ArrowLeft", false)).toEqual({ pan: [-60, 0] });
  expect(moveOf("ArrowDown", true)).toEqual({ pan: [0, 8] });
  expect(moveOf("+", false)).toEqual({ zoom: 1 });
  expect(moveOf("a", false)).toBeNull();
});

describe("a basemap in GCJ-02", () => {
  it("shifts as everybody's formula does: Tiananmen by some 550 m", () => {
    const [lon, lat] = toGcj02(116.3912757, 39.906217);
    expect(lon).toBeCloseTo(116.3975194, 5);
    expect(lat).toBeCloseTo(39.9076208, 5);
    expect(toGcj02(-71.06, 42.36)).toEqual([-71.06, 42.36]);
  });
  it("covers our tile without a gap, each piece where the ground is", () => {
    const [z, x, y] = [16, 54061, 25579];
    const found = pieces(z, x, y);
    expect(found.length).toBeGreaterThan(1);
    const covered = new Set(found.flatMap(({ left, top }) => {
      const cells: string[] = [];
      for (const px of [0, 128, 255]) for (const py of [0, 128, 255])
        if (px >= left && px < left + 256 && py >= top && py < top + 256) cells.push(`${px},${py}`);
      return cells;
    }));
    expect(covered.size).toBe(9);
    // The middle of our tile: what lies there must come from the right pixel of theirs.
    const lon = ((x + 0.5) / 2 ** z) * 360 - 180;
    const lat = (Math.atan(Math.sinh(Math.PI * (1 - (2 * (y + 0.5)) / 2 ** z))) * 180) / Math.PI;
    const [ox, oy] = worldPixel(lon, lat, z);
    const [gx, gy] = worldPixel(...toGcj02(lon, lat), z);
    const piece = found.find((one) => one.x === Math.floor(gx / 256) && one.y === Math.floor(gy / 256));
    if (!piece) throw new Error("the ground in the middle of the tile is missing");
    expect(Math.abs(piece.left + (gx % 256) - (ox - x * 256))).toBeLessThan(2);
    expect(Math.abs(piece.top + (gy % 256) - (oy - y * 256))).toBeLessThan(2);
  });
});

describe("photos", () => {
  it("fit into 2048 px, never enlarged, never of no width", () => {
    expect(fit({ width: 4000, height: 3000 })).toEqual({ width: 2048, height: 1536 });
    expect(fit({ width: 800, height: 600 })).toEqual({ width: 800, height: 600 });
    expect(fit({ width: 9000, height: 1 })).toEqual({ width: 2048, height: 1 });
  });
  const exif = Uint8Array.from([
    0xff, 0xe1, 0x00, 0x20, 0x45, 0x78, 0x69, 0x66, 0, 0, // APP1, "Exif"
    0x4d, 0x4d, 0x00, 0x2a, 0, 0, 0, 8, // big-endian TIFF
    0x00, 0x01, 0x01, 0x12, 0x00, 0x03, 0, 0, 0, 1, 0x00, 0x06, 0, 0, 0, 0, // orientation 6
  ]);
  const jpeg = Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, ...exif, 0xff, 0xda, 0, 2, 9, 9]);
  it("keep their EXIF, upright", () => {
    const segment = exifSegment(jpeg);
    expect(segment).toHaveLength(exif.length);
    expect(segment?.[29]).toBe(1);
    expect(exifSegment(Uint8Array.from([0xff, 0xd8, 0xff, 0xda, 0, 2]))).toBeNull();
    expect(exifSegment(Uint8Array.from([0x89, 0x50]))).toBeNull();
    expect(exifSegment(Uint8Array.from([0xff, 0xd8, 0xff, 0xe1, 0xff, 0xff, 0x45]))).toBeNull();
  });
  it("carry it right behind their start", () => {
    const joined = withSegment(Uint8Array.from([0xff, 0xd8, 0xff, 0xdb]), exif);
    expect([...joined.subarray(0, 4)]).toEqual([0xff, 0xd8, 0xff, 0xe1]);
    expect(joined).toHaveLength(4 + exif.length);
  });
});

describe("geometry in a form", () => {
  const square = [[[0, 0], [1, 0], [1, 1], [0, 0]]];
  it("is read from GeoJSON, a Feature too, and nothing from nonsense", () => {
    expect(readGeometry('{"type":"Point","coordinates":[1,2]}')?.type).toBe("Point");
    expect(readGeometry('{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]}}')?.type).toBe("Point");
    expect(readGeometry("")).toBeNull();
    expect(readGeometry("POINT (1 2)")).toBeNull();
    expect(readGeometry("{}")).toBeNull();
  });
  it("is taken apart and put together again", () => {
    const pieces = editable({ type: "MultiPolygon", coordinates: [square, square] });
    expect(pieces).toHaveLength(2);
    expect(JSON.parse(writeGeometry(pieces ?? [], "MultiPolygon"))).toEqual({
      type: "MultiPolygon",
      coordinates: [square, square],
    });
    expect(writeGeometry([], "Point")).toBe("");
    expect(editable(null)).toEqual([]);
  });
  it("with holes is not touched", () => {
    expect(editable({ type: "Polygon", coordinates: [...square, ...square] })).toBeNull();
    expect(editable({ type: "MultiPolygon", coordinates: [[...square, ...square]] })).toBeNull();
    expect(editable({ type: "MultiLineString", coordinates: [[[0, 0], [1, 1]]] })).toBeNull();
  });
});

it("draws kinds it does not know as unsorted", () => {
  const icon = { shape: "diamond", colour: "black" };
  const known = { key: "unsorted", icon } as never;
  expect(caseImage({ categories: [known] })).toEqual(["match", ["get", "category"], "unsorted", "mark-diamond-black", "mark-diamond-black"]);
  expect(caseImage({ categories: [] })).toBe("mark-diamond-black");
});

it("knows its own signs by name, and no others", () => {
  expect(iconOf(imageName({ shape: "drop", colour: "sky" }))).toEqual({ shape: "drop", colour: "sky" });
  for (const other of ["mark-blob-sky", "mark-drop-pink", "arrow", "mark-constructor-sky"]) expect(iconOf(other)).toBeNull();
});

it("never reads text as HTML", () => {
  const element = h("p", { title: '"><script>' }, "<img src=x onerror=alert(1)>", null, false, 0);
  expect(element.children).toHaveLength(0);
  expect(element.textContent).toBe("<img src=x onerror=alert(1)>0");
});
