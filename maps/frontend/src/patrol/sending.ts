/** From "send" to the receipt, or to whatever stands in its place: kept, refused, signed out. */

import { gettext } from "../i18n";
import type { MapConfig } from "../map/config";
import { freeze, thawed } from "../outbox/payload";
import { deliver, type Sent } from "../outbox/send";
import type { Frozen, OutboxStore } from "../outbox/store";
import { announce, h } from "../ui/dom";
import { button } from "./drafts";
import { Outbox } from "./outbox";
import type { Parts, Step } from "./page";
import { showReceipt, showSending, showWaiting } from "./receipt";
import type { Session } from "./session";

export interface SendingHooks {
  go: (step: Step) => void;
  current: () => Step;
  showError: (field: string, words: string) => void;
  /** The form is empty again. */
  reset: () => void;
  /** A case was taken. */
  taken: () => Promise<void>;
  offerDrafts: () => Promise<void>;
}

export class Sending {
  private readonly outbox: Outbox;

  constructor(
    private readonly parts: Parts,
    private readonly config: MapConfig,
    private readonly store: OutboxStore | null,
    private readonly session: Session,
    private readonly hooks: SendingHooks,
  ) {
    this.outbox = new Outbox(parts, store, (frozen, sent) => void this.sentInBackground(frozen, sent));
  }

  /** Show what waits, and try it. */
  async start(): Promise<void> {
    await this.outbox.count();
  }

  async retry(): Promise<void> {
    if (navigator.onLine) await this.outbox.retry();
  }

  async send(): Promise<void> {
    const frozen = freeze({ ...this.session.draft, refused: null });
    const photos = [...this.session.photos.values()];
    this.hooks.go("result");
    showSending(this.parts.result, gettext("Sending …"));
    let sent: Sent;
    try {
      await this.store?.freeze(frozen);
      sent = await deliver(this.store, frozen, photos, (words) => {
        showSending(this.parts.result, words);
      });
    } catch (error) {
      // Neither kept nor sent: the form stays as it is.
      this.hooks.go("details");
      this.hooks.showError("", error instanceof Error ? error.message : String(error));
      return;
    }
    await this.outbox.count();
    await this.finished(frozen, sent);
  }

  private async finished(frozen: Frozen, sent: Sent): Promise<void> {
    const { parts, hooks } = this;
    const again = button(gettext("Next case"), true, () => {
      hooks.go("start");
    });
    switch (sent.kind) {
      case "done": {
        const open = h("a", { class: "btn", href: `/cases/${sent.receipt.id}/` }, gettext("Open the case"));
        showReceipt(parts.result, sent.receipt, this.config, sent.photoProblems, [again, open]);
        hooks.reset();
        await hooks.taken();
        break;
      }
      case "refused": {
        const draft = thawed(frozen, sent.error.problem);
        await this.store?.thaw(draft);
        this.session.draft = draft;
        hooks.go("details");
        hooks.showError(sent.error.field, sent.error.message);
        await this.outbox.count();
        return;
      }
      case "waiting":
      case "signed-out":
        if (!this.store) {
          // Nothing is kept in this browser: the form itself is the only copy.
          hooks.go("details");
          hooks.showError(
            "",
            sent.kind === "waiting" ? sent.reason : gettext("Please sign in again in another tab, then send."),
          );
          return;
        }
        this.showKept(sent, again);
        hooks.reset();
        break;
    }
    parts.result.focus();
  }

  private showKept(sent: Sent, again: HTMLElement): void {
    const signIn = h("a", { class: "btn btn--primary", href: "/login/?next=/patrol/" }, gettext("Sign in"));
    const retry = button(gettext("Try now"), false, () => void this.outbox.retry());
    const signedOut = sent.kind === "signed-out";
    const reason = sent.kind === "waiting" ? sent.reason : "";
    showWaiting(this.parts.result, reason, signedOut, [again, signedOut ? signIn : retry]);
  }

  private async sentInBackground(frozen: Frozen, sent: Sent): Promise<void> {
    if (sent.kind === "refused") {
      await this.store?.thaw(thawed(frozen, sent.error.problem));
      await this.hooks.offerDrafts();
    } else if (sent.kind === "done") {
      announce(this.parts.live, gettext("A case that waited on this phone has been accepted."));
      // Only where nothing else is being done: a form that is open stays open.
      if (this.hooks.current() === "start" || this.hooks.current() === "result") {
        this.hooks.go("result");
        await this.finished(frozen, sent);
      }
    }
  }
}
