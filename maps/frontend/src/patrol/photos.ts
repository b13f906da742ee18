/** Photos of the open form: taken, made smaller, shown, removed. */

import { fmt, gettext, ngettext } from "../i18n";
import { MAX_PHOTO_BYTES, preparePhoto } from "../outbox/photo";
import { h } from "../ui/dom";
import { bytes } from "../ui/format";
import type { Parts } from "./page";
import type { Session } from "./session";

const MAX_PHOTOS = 9;

export class PhotoField {
  private readonly urls = new Map<string, string>();

  constructor(
    private readonly parts: Parts,
    private readonly session: Session,
    private readonly say: (words: string) => void,
    onShutter: () => void,
  ) {
    const { photoInput } = parts;
    // The camera may throw this page out of a small phone's memory: the draft is safe before it opens.
    photoInput.addEventListener("click", () => {
      void session.save();
      onShutter();
    });
    photoInput.addEventListener("change", () => {
      const files = [...(photoInput.files ?? [])];
      void this.add(files).then(() => {
        photoInput.value = "";
      });
    });
  }

  private async add(files: File[]): Promise<void> {
    for (const file of files) {
      if (this.session.draft.photos.length >= MAX_PHOTOS) {
        this.problem(fmt(gettext("At most %(n)s photos; “%(name)s” was left out."), { n: MAX_PHOTOS, name: file.name }));
        return;
      }
      try {
        const { bytes: data, sha256, type } = await preparePhoto(file);
        if (data.byteLength > MAX_PHOTO_BYTES) {
          const size = bytes(data.byteLength);
          this.problem(fmt(gettext("“%(name)s” is %(size)s; a photo may have 10 MB."), { name: file.name, size }));
          continue;
        }
        await this.session.addPhoto({
          client_id: this.session.draft.client_id,
          sha256,
          type,
          name: file.name,
          size: data.byteLength,
          bytes: data,
        });
        this.problem("");
      } catch (error) {
        console.warn("photo", error);
        this.problem(fmt(gettext("“%(name)s” could not be read. Take it again or choose another."), { name: file.name }));
      }
      this.show();
    }
    const n = this.session.draft.photos.length;
    this.say(fmt(ngettext("%(n)s photo added", "%(n)s photos added", n), { n }));
  }

  private problem(words: string): void {
    this.parts.photoField.querySelector(".field__error")?.remove();
    if (words) this.parts.photoField.append(h("p", { class: "field__error", role: "alert" }, words));
  }

  show(): void {
    const { photos } = this.session.draft;
    for (const [sha256, url] of this.urls) {
      if (photos.some((photo) => photo.sha256 === sha256)) continue;
      URL.revokeObjectURL(url);
      this.urls.delete(sha256);
    }
    this.parts.photos.hidden = photos.length === 0;
    this.parts.photos.replaceChildren(
      ...photos.map((photo, index) => {
        const words = fmt(gettext("Photo %(n)s, %(size)s"), { n: index + 1, size: bytes(photo.size) });
        return h(
          "li",
          null,
          this.picture(photo.sha256, photo.type, words),
          h(
            "button",
            {
              type: "button",
              class: "btn btn--icon",
              "aria-label": fmt(gettext("Remove photo %(n)s"), { n: index + 1 }),
              onclick: () => {
                void this.session.removePhoto(photo.sha256).then(() => {
                  this.show();
                });
              },
            },
            "✕",
          ),
        );
      }),
    );
  }

  private picture(sha256: string, type: string, words: string): HTMLElement {
    const blank = () => h("div", { class: "photos__blank" }, words, " · ", gettext("no preview here"));
    const stored = this.session.photos.get(sha256);
    if (!stored) return blank();
    let url = this.urls.get(sha256);
    if (!url) {
      url = URL.createObjectURL(new Blob([stored.bytes], { type }));
      this.urls.set(sha256, url);
    }
    const image = h("img", { src: url, alt: words });
    image.addEventListener("error", () => {
      image.replaceWith(blank());
    });
    return image;
  }
}
