/** From the draft on the screen to the bytes that are sent. The bytes freeze at the first attempt to send. */

import type { Filing, Problem } from "../api/types";
import { rounded } from "../map/geometry";
import { sha256Hex } from "./hash";
import type { Draft, Frozen } from "./store";

/** A refused filing as a draft again; sent under the same id, it names the hash that it mends. */
export function thawed(frozen: Frozen, refused: Problem): Draft {
  return { ...frozen.draft, revises: frozen.sha256, refused };
}

/** What is sent for a draft; keys in one order, so that the same draft gives the same bytes. */
export function filingOf(draft: Draft): Filing {
  const where = draft.where;
  return {
    client_id: draft.client_id,
    place: draft.place,
    text: draft.text.trim(),
    category: draft.category,
    ...(where.kind === "building" ? { place_code: where.code } : {}),
    ...(where.location ? { location: rounded(where.location) } : {}),
    ...(draft.affected ? { affected: rounded(draft.affected) } : {}),
    ...(where.kind === "side" ? { place_code: where.code } : {}),
    pin: where.kind === "gps" ? "gps" : where.kind === "building" ? "building" : "confirmed",
    ...(where.kind === "gps" && draft.fix ? { accuracy_m: draft.fix.accuracy_m } : {}),
    datum: "wgs84",
    // What the phone measured stays beside the pin that was set by hand.
    ...(draft.fix ? { fix: draft.fix } : {}),
    captured_at: draft.captured_at,
    channel: draft.channel,
    urgent: draft.urgent,
    confidential: draft.confidential,
    about: draft.about,
    photos: draft.photos.map((photo) => photo.sha256),
    ...(draft.revises ? { revises: draft.revises } : {}),
  };
}

export function freeze(draft: Draft): Frozen {
  const bytes = new TextEncoder().encode(JSON.stringify(filingOf(draft)));
  return {
    client_id: draft.client_id,
    bytes,
    sha256: sha256Hex(bytes),
    draft,
    frozen_at: new Date().toISOString(),
    attempts: 0,
    problem: null,
    receipt: null,
  };
}
