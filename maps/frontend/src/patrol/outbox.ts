/** What waits on this phone: the pill that always shows how much, and trying again by itself. */

import { deliver, type Sent } from "../outbox/send";
import type { Frozen, OutboxStore } from "../outbox/store";
import { fmt, gettext, ngettext } from "../i18n";
import type { Parts } from "./page";

const RETRY_MS = 60_000;

export class Outbox {
  private busy = false;
  private waiting = 0;

  constructor(
    private readonly parts: Parts,
    private readonly store: OutboxStore | null,
    private readonly onSent: (frozen: Frozen, sent: Sent) => void,
  ) {
    parts.unsent.addEventListener("click", () => {
      void this.retry();
    });
    addEventListener("online", () => {
      void this.retry();
    });
    addEventListener("offline", () => {
      this.show();
    });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") void this.retry();
    });
    setInterval(() => {
      if (this.waiting > 0 && navigator.onLine) void this.retry();
    }, RETRY_MS);
  }

  /** Count what waits and say so. */
  async count(): Promise<void> {
    this.waiting = (await this.store?.waiting())?.length ?? 0;
    this.show();
  }

  private show(): void {
    const n = this.waiting;
    const unsent = fmt(ngettext("%(n)s not sent", "%(n)s not sent", n), { n });
    this.parts.unsent.hidden = n === 0 && navigator.onLine;
    this.parts.unsent.textContent = navigator.onLine
      ? fmt(gettext("%(unsent)s · try now"), { unsent })
      : fmt(gettext("Offline · %(unsent)s"), { unsent });
  }

  /** Try each one once; a record that fails never holds up the next. */
  async retry(): Promise<void> {
    if (!this.store || this.busy) return;
    this.busy = true;
    try {
      for (const frozen of await this.store.waiting()) {
        const sent = await deliver(this.store, frozen, await this.store.photosOf(frozen.client_id));
        this.onSent(frozen, sent);
        if (sent.kind === "signed-out") break;
      }
    } finally {
      this.busy = false;
      await this.count();
    }
  }
}
