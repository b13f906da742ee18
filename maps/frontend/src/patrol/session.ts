/** The open form: one draft, saved on this phone at each change. */

import type { OutboxStore, Draft, StoredPhoto, Where } from "../outbox/store";
import { newId } from "../outbox/hash";
import { debounce } from "../ui/dom";

const SAVE_AFTER_MS = 400;

export const NOWHERE: Where = { kind: "confirmed", location: null, code: "", label: "" };

export function emptyDraft(place: string, channel: string): Draft {
  return {
    client_id: newId(),
    place,
    category: "",
    text: "",
    where: NOWHERE,
    affected: null,
    fix: null,
    captured_at: new Date().toISOString(),
    channel,
    urgent: false,
    confidential: false,
    about: "none",
    photos: [],
    revises: null,
    refused: null,
    updated_at: "",
  };
}

/** Whether there is anything that a person would miss. */
export function worthKeeping(draft: Draft): boolean {
  return Boolean(draft.text.trim() || draft.category || draft.photos.length || draft.affected);
}

export class Session {
  draft: Draft;
  /** Bytes of the photos: the store has them too, where there is one. */
  readonly photos = new Map<string, StoredPhoto>();
  private readonly saveSoon = debounce(() => {
    void this.save();
  }, SAVE_AFTER_MS);

  constructor(
    readonly store: OutboxStore | null,
    private readonly place: string,
    private readonly channel: string,
    private readonly onSaved: (at: Date | null) => void,
  ) {
    this.draft = emptyDraft(place, channel);
  }

  /** A fresh form with an id of its own. */
  begin(): void {
    this.draft = emptyDraft(this.place, this.channel);
    this.photos.clear();
    this.onSaved(null);
  }

  async resume(draft: Draft): Promise<void> {
    this.draft = draft;
    this.photos.clear();
    for (const photo of (await this.store?.photosOf(draft.client_id)) ?? []) this.photos.set(photo.sha256, photo);
  }

  change(patch: Partial<Draft>): void {
    this.draft = { ...this.draft, ...patch };
    this.saveSoon();
  }

  /** Save now. "Saved" is said only after the transaction is complete. */
  async save(): Promise<void> {
    if (!this.store || !worthKeeping(this.draft)) return;
    try {
      await this.store.saveDraft(this.draft);
      this.onSaved(new Date());
    } catch (error) {
      console.warn("draft not saved", error);
      this.onSaved(null);
    }
  }

  async addPhoto(photo: StoredPhoto): Promise<void> {
    this.photos.set(photo.sha256, photo);
    const { sha256, name, type, size } = photo;
    const others = this.draft.photos.filter((known) => known.sha256 !== sha256);
    this.draft = { ...this.draft, photos: [...others, { sha256, name, type, size }] };
    await this.store?.addPhoto(this.draft, photo);
    if (this.store) this.onSaved(new Date());
  }

  async removePhoto(sha256: string): Promise<void> {
    this.photos.delete(sha256);
    this.change({ photos: this.draft.photos.filter((photo) => photo.sha256 !== sha256) });
    await this.store?.photoDone(this.draft.client_id, sha256);
  }

  async discard(): Promise<void> {
    await this.store?.discardDraft(this.draft.client_id);
    this.begin();
  }
}
