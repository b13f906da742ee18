import "fake-indexeddb/auto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { chunks, CHUNK_BYTES } from "../src/outbox/chunks";
import { newId, sha256Hex } from "../src/outbox/hash";
import { filingOf, freeze, thawed } from "../src/outbox/payload";
import { checkReceipt, NotAReceipt } from "../src/outbox/receipt";
import { deliver } from "../src/outbox/send";
import { OutboxStore, type Draft, type StoredPhoto } from "../src/outbox/store";
import { emptyDraft } from "../src/patrol/session";

const PIN = { type: "Point" as const, coordinates: [116.97012345678, 36.69] };

function draft(changes: Partial<Draft> = {}): Draft {
  return {
    ...emptyDraft("wuyingshan", "patrol"),
    category: "road",
    text: "  路面塌陷 ",
    where: { kind: "confirmed", location: PIN, code: "", label: "" },
    captured_at: "2026-11-21T10:30:00.000Z",
    ...changes,
  };
}

function receiptFor(bytes: Uint8Array, changes: object = {}) {
  const filing = JSON.parse(new TextDecoder().decode(bytes)) as { client_id: string };
  return {
    id: 7,
    client_id: filing.client_id,
    payload_sha256: sha256Hex(bytes),
    follow_code: "K7QM-3F2P-9XYZ",
    triage: {},
    assigned: { leaders: [], party_cell: null },
    ...changes,
  };
}

const json = (body: unknown, status = 200, type = "application/json") =>
  new Response(JSON.stringify(body), { status, headers: { "Content-Type": type } });

describe("hash and id", () => {
  it("is SHA-256 as everybody computes it", () => {
    expect(sha256Hex(new TextEncoder().encode("abc"))).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
  });
  it("makes UUIDs of version 4, each another", () => {
    const ids = Array.from({ length: 50 }, newId);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(ids).size).toBe(50);
  });
});

describe("what is sent", () => {
  it("has the names of the API and nothing that is empty", () => {
    const filing = filingOf(draft());
    expect(filing).toMatchObject({ text: "路面塌陷", pin: "confirmed", datum: "wgs84", channel: "patrol" });
    expect(filing.location).toEqual({ type: "Point", coordinates: [116.9701235, 36.69] });
    for (const absent of ["place_code", "affected", "accuracy_m", "fix", "revises"]) expect(filing).not.toHaveProperty(absent);
  });
  it("keeps the phone's fix beside a pin that was set by hand, without giving the pin its accuracy", () => {
    const fix = { lon: 116.97, lat: 36.69, accuracy_m: 35, at: "2026-11-21T10:29:00Z" };
    const byHand = filingOf(draft({ fix }));
    expect([byHand.pin, byHand.accuracy_m, byHand.fix]).toEqual(["confirmed", undefined, fix]);
    const byFix = filingOf(draft({ fix, where: { kind: "gps", location: PIN, code: "", label: "" } }));
    expect([byFix.pin, byFix.accuracy_m]).toEqual(["gps", 35]);
  });
  it("names the building that was chosen, or the side of a border", () => {
    const building = filingOf(draft({ where: { kind: "building", location: null, code: "B12", label: "12号楼" } }));
    expect([building.pin, building.place_code, building.location]).toEqual(["building", "B12", undefined]);
    const side = filingOf(draft({ where: { kind: "side", location: PIN, code: "G2", label: "第2网格" } }));
    expect([side.pin, side.place_code]).toEqual(["confirmed", "G2"]);
  });
  it("freezes to the same bytes as long as nothing changes", () => {
    const one = draft();
    expect(freeze(one).sha256).toBe(freeze({ ...one }).sha256);
    expect(freeze(one).sha256).not.toBe(freeze({ ...one, text: "另一句" }).sha256);
    expect(freeze(one).sha256).toBe(sha256Hex(freeze(one).bytes));
  });
  it("names what it mends after a refusal", () => {
    const frozen = freeze(draft());
    const mended = freeze(thawed(frozen, { detail: "no" }));
    expect(mended.client_id).toBe(frozen.client_id);
    expect(JSON.parse(new TextDecoder().decode(mended.bytes))).toMatchObject({ revises: frozen.sha256 });
  });
});

describe("a receipt", () => {
  const frozen = freeze(draft());
  it("echoes id and hash", () => {
    expect(checkReceipt(receiptFor(frozen.bytes), frozen.client_id, frozen.sha256).id).toBe(7);
  });
  it.each([
    ["another id", { client_id: newId() }],
    ["another hash", { payload_sha256: "0".repeat(64) }],
    ["no hash", { payload_sha256: undefined }],
    ["no follow code", { follow_code: undefined }],
  ])("with %s is none", (_name, change) => {
    expect(() => checkReceipt(receiptFor(frozen.bytes, change), frozen.client_id, frozen.sha256)).toThrow(NotAReceipt);
  });
  it.each([[null], ["welcome"], [[]], [{ ok: true }]])("is not %j", (answer) => {
    expect(() => checkReceipt(answer, frozen.client_id, frozen.sha256)).toThrow(NotAReceipt);
  });
});

describe("pieces of a photo", () => {
  it("cover it without gap or overlap", () => {
    const total = 2 * CHUNK_BYTES + 5;
    const plan = chunks(total);
    expect(plan.map((chunk) => chunk.header)).toEqual([
      `bytes 0-${CHUNK_BYTES - 1}/${total}`,
      `bytes ${CHUNK_BYTES}-${2 * CHUNK_BYTES - 1}/${total}`,
      `bytes ${2 * CHUNK_BYTES}-${total - 1}/${total}`,
    ]);
  });
  it("begin where the server stands, and there are none when it has all", () => {
    expect(chunks(100, 40, 50).map((chunk) => [chunk.start, chunk.end])).toEqual([[40, 90], [90, 100]]);
    expect(chunks(100, 100)).toEqual([]);
    expect(chunks(0)).toEqual([]);
  });
});

describe("delivery", () => {
  let store: OutboxStore;
  let number = 0;
  const answers: ((url: string, init: RequestInit) => Response)[] = [];
  const calls: { url: string; init: RequestInit }[] = [];

  beforeEach(async () => {
    number += 1;
    const opened = await OutboxStore.open(`test-${number}`);
    if (!opened) throw new Error("no store");
    store = opened;
    answers.length = calls.length = 0;
    vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
      calls.push({ url, init });
      const answer = answers.shift();
      if (!answer) throw new TypeError("Failed to fetch");
      return Promise.resolve(answer(url, init));
    });
  });
  afterEach(() => {
    store.close();
    vi.unstubAllGlobals();
  });

  async function frozenWithPhoto(size = 10) {
    const one = draft();
    const bytes = new Uint8Array(size).fill(7).buffer;
    const photo: StoredPhoto = {
      client_id: one.client_id,
      sha256: sha256Hex(new Uint8Array(bytes)),
      name: "a.jpg",
      type: "image/jpeg",
      size,
      bytes,
    };
    one.photos = [photo];
    await store.addPhoto(one, photo);
    const frozen = freeze(one);
    await store.freeze(frozen);
    return frozen;
  }
  const send = async (frozen: Awaited<ReturnType<typeof frozenWithPhoto>>) =>
    deliver(store, frozen, await store.photosOf(frozen.client_id));
  const taken = (_url: string, init: RequestInit) => json(receiptFor(init.body as Uint8Array), 201);

  it("leaves the phone only with receipt and photos", async () => {
    const frozen = await frozenWithPhoto();
    answers.push(taken, () => json({ state: "stored", received_bytes: 10 }));
    const sent = await send(frozen);
    expect(sent.kind).toBe("done");
    expect(await store.waiting()).toEqual([]);
    expect(await store.photosOf(frozen.client_id)).toEqual([]);
    expect(await store.drafts()).toEqual([]);
    expect(new Headers(calls[1]?.init.headers).get("Content-Range")).toBe("bytes 0-9/10");
  });
  it("stays without a connection, and sends the very same bytes the next time", async () => {
    const frozen = await frozenWithPhoto();
    expect((await send(frozen)).kind).toBe("waiting");
    const [waiting] = await store.waiting();
    if (!waiting) throw new Error("lost");
    answers.push(taken, () => json({ state: "stored" }));
    expect((await send(waiting)).kind).toBe("done");
    expect(sha256Hex(calls[1]?.init.body as Uint8Array)).toBe(frozen.sha256);
  });
  it("does not take a portal's page for a receipt", async () => {
    const frozen = await frozenWithPhoto();
    answers.push(() => new Response("<html>welcome", { status: 200, headers: { "Content-Type": "text/html" } }));
    const sent = await send(frozen);
    expect(sent).toMatchObject({ kind: "waiting" });
    expect("reason" in sent && sent.reason).toContain("sign in to this network");
    expect(await store.waiting()).toHaveLength(1);
  });
  it("does not take half an answer for a receipt", async () => {
    const frozen = await frozenWithPhoto();
    answers.push(() => new Response('{"id": 7, "cli', { headers: { "Content-Type": "application/json" } }));
    expect((await send(frozen)).kind).toBe("waiting");
    expect(await store.waiting()).toHaveLength(1);
  });
  it("keeps everything when one is signed out", async () => {
    const frozen = await frozenWithPhoto();
    answers.push(() => json({ detail: "sign in" }, 403, "application/problem+json"));
    expect((await send(frozen)).kind).toBe("signed-out");
    expect(await store.waiting()).toHaveLength(1);
  });
  it("tells a refusal with its field; server troubles are no refusal", async () => {
    const frozen = await frozenWithPhoto();
    answers.push(() => json({ detail: "too old", field: "captured_at" }, 400, "application/problem+json"));
    const refused = await send(frozen);
    if (refused.kind !== "refused") throw new Error(refused.kind);
    expect(refused.error.field).toBe("captured_at");
    await store.thaw(thawed(frozen, refused.error.problem));
    expect((await store.drafts())[0]?.refused?.detail).toBe("too old");
    expect(await store.waiting()).toEqual([]);
    expect(await store.photosOf(frozen.client_id)).toHaveLength(1);
    answers.push(() => json({}, 503));
    expect((await send(frozen)).kind).toBe("waiting");
  });
  it("goes on with the photo where the server stands, without filing again", async () => {
    const frozen = await frozenWithPhoto(CHUNK_BYTES + 10);
    answers.push(taken, () => json({ state: "expected", received_bytes: CHUNK_BYTES }));
    expect((await send(frozen)).kind).toBe("waiting");
    const [waiting] = await store.waiting();
    if (!waiting) throw new Error("lost");
    expect(waiting.receipt?.id).toBe(7);
    answers.push(
      () => json({ state: "expected", received_bytes: CHUNK_BYTES }),
      () => json({ state: "stored", received_bytes: CHUNK_BYTES + 10 }),
    );
    calls.length = 0;
    expect((await send(waiting)).kind).toBe("done");
    expect(calls.every((call) => call.init.method === "PUT")).toBe(true);
  });
  it("sends no photo again that the server has", async () => {
    const frozen = await frozenWithPhoto();
    const more = new Uint8Array([1, 2, 3]);
    const second = { client_id: frozen.client_id, sha256: sha256Hex(more), name: "", type: "image/jpeg", size: 3, bytes: more.buffer };
    await store.addPhoto(frozen.draft, second);
    answers.push(taken, () => json({ state: "stored" }));
    expect((await send(frozen)).kind).toBe("waiting");
    expect(await store.photosOf(frozen.client_id)).toHaveLength(1);
  });
  it("lets no bad photo hold up the rest", async () => {
    const frozen = await frozenWithPhoto();
    answers.push(taken, () => json({ detail: "no image" }, 400, "application/problem+json"));
    const sent = await send(frozen);
    expect(sent).toMatchObject({ kind: "done", photoProblems: ["no image"] });
    expect(await store.waiting()).toEqual([]);
  });
  it("forgets a draft with its photos when it is thrown away", async () => {
    const one = draft();
    const bytes = new ArrayBuffer(3);
    await store.addPhoto(one, { client_id: one.client_id, sha256: "x", name: "", type: "", size: 3, bytes });
    await store.discardDraft(one.client_id);
    expect(await store.drafts()).toEqual([]);
    expect(await store.photosOf(one.client_id)).toEqual([]);
  });
});
