/**
 * What this phone keeps until the server has it: drafts, frozen filings, photos. One IndexedDB database.
 *
 * "Saved" may be shown only when a function here has resolved: record and photos go in one transaction with strict
 * durability. Stores: `drafts` (the open form), `outbox` (frozen, waiting for a receipt or for their photos),
 * `photos` (bytes by client id and hash).
 */

import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { Point } from "geojson";
import type { Pin, Problem, Receipt } from "../api/types";
import type { Affected } from "../map/geometry";

export interface DraftPhoto {
  sha256: string;
  name: string;
  type: string;
  size: number;
}

export interface Fix {
  lon: number;
  lat: number;
  accuracy_m: number;
  at: string;
}

/** Where the pin is, and how it came there. */
export interface Where {
  kind: Pin | "side";
  location: Point | null;
  /** Code of the chosen building (`building`) or of the chosen side of a border (`side`). */
  code: string;
  label: string;
}

export interface Draft {
  client_id: string;
  place: string;
  category: string;
  text: string;
  where: Where;
  affected: Affected | null;
  fix: Fix | null;
  captured_at: string;
  channel: string;
  urgent: boolean;
  confidential: boolean;
  about: string;
  photos: DraftPhoto[];
  /** Hash of what was sent before under this id and refused; the mended filing names it. */
  revises: string | null;
  /** Why the server refused it, until it is sent again. */
  refused: Problem | null;
  updated_at: string;
}

export interface Frozen {
  client_id: string;
  /** As it was on the screen, so that a refusal can be mended. */
  draft: Draft;
  bytes: Uint8Array<ArrayBuffer>;
  sha256: string;
  frozen_at: string;
  attempts: number;
  /** Why the last attempt did not end with a receipt. */
  problem: Problem | null;
  /** Present once the server has the case; photos may still be on their way. */
  receipt: Receipt | null;
}

export interface StoredPhoto extends DraftPhoto {
  client_id: string;
  bytes: ArrayBuffer;
}

interface Schema extends DBSchema {
  drafts: { key: string; value: Draft };
  outbox: { key: string; value: Frozen };
  photos: { key: [string, string]; value: StoredPhoto; indexes: { by_client: string } };
}

const STRICT: IDBTransactionOptions = { durability: "strict" };

export class OutboxStore {
  private constructor(private readonly db: IDBPDatabase<Schema>) {}

  /**
   * Open the database, or answer null where the browser gives none (private windows of old browsers): the form still
   * works then, only nothing is kept.
   */
  static async open(name = "gridcase"): Promise<OutboxStore | null> {
    if (typeof indexedDB === "undefined") return null;
    try {
      const db = await openDB<Schema>(name, 1, {
        upgrade(database) {
          database.createObjectStore("drafts", { keyPath: "client_id" });
          database.createObjectStore("outbox", { keyPath: "client_id" });
          database
            .createObjectStore("photos", { keyPath: ["client_id", "sha256"] })
            .createIndex("by_client", "client_id");
        },
      });
      return new OutboxStore(db);
    } catch (error) {
      console.warn("no local storage", error);
      return null;
    }
  }

  close(): void {
    this.db.close();
  }

  async saveDraft(draft: Draft): Promise<void> {
    const tx = this.db.transaction("drafts", "readwrite", STRICT);
    await Promise.all([tx.store.put({ ...draft, updated_at: new Date().toISOString() }), tx.done]);
  }

  /** Save a photo together with the draft that names it. */
  async addPhoto(draft: Draft, photo: StoredPhoto): Promise<void> {
    const tx = this.db.transaction(["drafts", "photos"], "readwrite", STRICT);
    await Promise.all([
      tx.objectStore("photos").put(photo),
      tx.objectStore("drafts").put({ ...draft, updated_at: new Date().toISOString() }),
      tx.done,
    ]);
  }

  /** All drafts, the one changed last first. */
  async drafts(): Promise<Draft[]> {
    const drafts = await this.db.getAll("drafts");
    return drafts.sort((a, b) => b.updated_at.localeCompare(a.updated_at));
  }

  async discardDraft(clientId: string): Promise<void> {
    const tx = this.db.transaction(["drafts", "photos"], "readwrite", STRICT);
    await tx.objectStore("drafts").delete(clientId);
    await this.deletePhotos(tx.objectStore("photos").index("by_client"), clientId);
    await tx.done;
  }

  /** Turn a draft into a frozen filing, in one transaction: never both, never neither. */
  async freeze(frozen: Frozen): Promise<void> {
    const tx = this.db.transaction(["drafts", "outbox"], "readwrite", STRICT);
    await Promise.all([
      tx.objectStore("outbox").put(frozen),
      tx.objectStore("drafts").delete(frozen.client_id),
      tx.done,
    ]);
  }

  async update(frozen: Frozen): Promise<void> {
    const tx = this.db.transaction("outbox", "readwrite", STRICT);
    await Promise.all([tx.store.put(frozen), tx.done]);
  }

  /** Refused: back to a draft under the same id, so that it can be mended; nothing is lost. */
  async thaw(draft: Draft): Promise<void> {
    const tx = this.db.transaction(["drafts", "outbox"], "readwrite", STRICT);
    await Promise.all([
      tx.objectStore("drafts").put({ ...draft, updated_at: new Date().toISOString() }),
      tx.objectStore("outbox").delete(draft.client_id),
      tx.done,
    ]);
  }

  waiting(): Promise<Frozen[]> {
    return this.db.getAll("outbox");
  }

  async photosOf(clientId: string): Promise<StoredPhoto[]> {
    return this.db.getAllFromIndex("photos", "by_client", clientId);
  }

  async photoDone(clientId: string, sha256: string): Promise<void> {
    const tx = this.db.transaction("photos", "readwrite", STRICT);
    await Promise.all([tx.store.delete([clientId, sha256]), tx.done]);
  }

  /** The server has case and photos: the phone forgets them. */
  async done(clientId: string): Promise<void> {
    const tx = this.db.transaction(["outbox", "photos"], "readwrite", STRICT);
    await tx.objectStore("outbox").delete(clientId);
    await this.deletePhotos(tx.objectStore("photos").index("by_client"), clientId);
    await tx.done;
  }

  private async deletePhotos(
    index: {
      openCursor(key: string): Promise<{ delete(): Promise<void>; continue(): Promise<unknown> } | null>;
    },
    clientId: string,
  ): Promise<void> {
    let cursor = await index.openCursor(clientId);
    while (cursor) {
      await cursor.delete();
      cursor = (await cursor.continue()) as typeof cursor;
    }
  }
}
