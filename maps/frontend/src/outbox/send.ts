/** Sending: the frozen bytes first, then one photo after another, each in pieces. */

import { call, callJson, ProblemError, UnreachableError } from "../api/http";
import type { Receipt } from "../api/types";
import { fmt, gettext } from "../i18n";
import { CHUNK_BYTES, chunks } from "./chunks";
import { checkReceipt, NotAReceipt } from "./receipt";
import type { Frozen, OutboxStore, StoredPhoto } from "./store";

/** Send the bytes of a filing and check the answer. */
export async function sendFiling(frozen: Pick<Frozen, "bytes" | "client_id" | "sha256">): Promise<Receipt> {
  const answer = await callJson<unknown>("/api/v1/cases/", {
    method: "POST",
    body: frozen.bytes,
    headers: { "Content-Type": "application/json" },
  });
  return checkReceipt(answer, frozen.client_id, frozen.sha256);
}

interface PhotoAnswer {
  state?: string;
  received_bytes?: number;
  problem?: string;
}

/**
 * Send one photo in pieces, resuming where the server says it is.
 *
 * @param progress Called with the bytes that the server has, after each piece.
 * @throws ProblemError for a photo that the server refuses (no image, too large).
 */
export async function sendPhoto(
  caseId: Receipt["id"],
  photo: Pick<StoredPhoto, "bytes" | "sha256" | "type">,
  progress: (sent: number, total: number) => void = () => undefined,
): Promise<void> {
  const total = photo.bytes.byteLength;
  const path = `/api/v1/cases/${caseId}/photos/${photo.sha256}/`;
  let from = 0;
  // Each round starts where the server stands; a server that never moves is not asked for ever.
  for (let round = 0; from < total && round <= chunks(total).length + 2; round++) {
    const [chunk] = chunks(total, from, CHUNK_BYTES);
    if (!chunk) return;
    const response = await call(path, {
      method: "PUT",
      body: photo.bytes.slice(chunk.start, chunk.end),
      headers: { "Content-Type": photo.type, "Content-Range": chunk.header },
    });
    const answer = ((await response.json().catch(() => null)) ?? {}) as PhotoAnswer;
    if (answer.state === "stored") from = total;
    else from = answer.received_bytes ?? chunk.end;
    progress(from, total);
  }
  if (from < total) {
    throw new UnreachableError(fmt(gettext("The photo stopped at %(from)s of %(total)s bytes."), { from, total }));
  }
}

export type Sent =
  | { kind: "done"; receipt: Receipt; photoProblems: string[] }
  | { kind: "waiting"; reason: string; receipt: Receipt | null }
  | { kind: "signed-out" }
  | { kind: "refused"; error: ProblemError };

/**
 * Carry one frozen filing as far as it goes now. It leaves the store only with a checked receipt and all photos
 * delivered or refused for good; everything else keeps it.
 *
 * @param photos Photos by value where the browser has no store.
 */
export async function deliver(
  store: OutboxStore | null,
  frozen: Frozen,
  photos: StoredPhoto[],
  progress: (words: string) => void = () => undefined,
): Promise<Sent> {
  const current: Frozen = { ...frozen, attempts: frozen.attempts + 1 };
  try {
    if (!current.receipt) {
      current.receipt = await sendFiling(current);
      current.problem = null;
      await store?.update(current);
    }
  } catch (error) {
    return await failed(store, current, error);
  }
  const receipt = current.receipt;
  const photoProblems: string[] = [];
  for (const [index, photo] of photos.entries()) {
    try {
      await sendPhoto(receipt.id, photo, (sent, total) => {
        const percent = Math.round((100 * sent) / total);
        progress(
          fmt(gettext("Photo %(number)s of %(count)s: %(percent)s %"), {
            number: index + 1,
            count: photos.length,
            percent,
          }),
        );
      });
      await store?.photoDone(frozen.client_id, photo.sha256);
    } catch (error) {
      // One bad photo never holds up the others; what only lacks a connection is tried again later.
      if (error instanceof ProblemError && error.status < 500 && ![401, 403, 408, 429].includes(error.status)) {
        photoProblems.push(error.message);
        await store?.photoDone(frozen.client_id, photo.sha256);
      } else return await failed(store, current, error);
    }
  }
  await store?.done(frozen.client_id);
  return { kind: "done", receipt, photoProblems };
}

async function failed(store: OutboxStore | null, frozen: Frozen, error: unknown): Promise<Sent> {
  if (error instanceof ProblemError) {
    const problem = { ...error.problem, status: error.status };
    await store?.update({ ...frozen, problem });
    if (error.status === 401 || error.status === 403) return { kind: "signed-out" };
    if (error.status < 500 && error.status !== 408 && error.status !== 429) return { kind: "refused", error };
    return { kind: "waiting", reason: error.message, receipt: frozen.receipt };
  }
  if (error instanceof UnreachableError || error instanceof NotAReceipt) {
    await store?.update({ ...frozen, problem: { detail: error.message } });
    return { kind: "waiting", reason: error.message, receipt: frozen.receipt };
  }
  throw error;
}
