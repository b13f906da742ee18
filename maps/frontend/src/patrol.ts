/**
 * The patroller's page: 上报 → kind → photo → send, with the map under a fixed cross.
 *
 * The form is the server's plain HTML form; this file makes it a sheet over the map. It works before the map has come,
 * and without it.
 */

import type { Located } from "./api/types";
import { fmt, gettext } from "./i18n";
import type { CategoryInfo, MapConfig } from "./map/config";
import { currentFix, PositionError, POOR_ACCURACY_M, showFix } from "./map/position";
import { currentTheme } from "./map/theme";
import { freeze, thawed } from "./outbox/payload";
import { deliver, type Sent } from "./outbox/send";
import { OutboxStore, type Draft, type Frozen, type Where } from "./outbox/store";
import { CategoryPicker } from "./patrol/categories";
import { DrawingBar } from "./patrol/drawing";
import { NearbyCard } from "./patrol/nearby";
import { Outbox } from "./patrol/outbox";
import { findParts, type Step } from "./patrol/page";
import { PhotoField } from "./patrol/photos";
import { PlaceField } from "./patrol/place";
import { showReceipt, showSending, showWaiting } from "./patrol/receipt";
import { NOWHERE, Session, worthKeeping } from "./patrol/session";
import { Stage } from "./patrol/stage";
import { TaskList } from "./patrol/tasks";
import { whoWords } from "./patrol/words";
import { announce, fill, h, pageJson } from "./ui/dom";
import { ago } from "./ui/format";

const CHANNEL = "patrol";

class PatrolPage {
  private readonly parts = findParts();
  private readonly config = pageJson<MapConfig>("page-config");
  private readonly session: Session;
  private readonly stage: Stage;
  private readonly categories: CategoryPicker;
  private readonly place: PlaceField;
  private readonly photos: PhotoField;
  private readonly drawing: DrawingBar;
  private readonly nearby: NearbyCard;
  private readonly tasks: TaskList;
  private readonly outbox: Outbox;
  private step: Step = "start";
  /** What the list says wins over what the phone measured: shown only while the fix is what is meant. */
  private poorAccuracy: number | null = null;

  constructor(private readonly store: OutboxStore | null) {
    const { parts, config } = this;
    this.session = new Session(store, config.place?.slug ?? "", CHANNEL, (at) => {
      this.showSaved(at);
    });
    this.stage = new Stage(parts, config, {
      onWhere: (where) => {
        this.whereChanged(where);
      },
      onLocated: (located) => {
        this.locatedChanged(located);
      },
    });
    this.categories = new CategoryPicker(parts, config, (category, go) => {
      this.chooseCategory(category, go);
    });
    this.place = new PlaceField(parts, config, (where) => {
      this.stage.set(where);
    });
    this.photos = new PhotoField(
      parts,
      this.session,
      (words) => {
        announce(parts.live, words);
      },
      () => void this.fixAtShutter(),
    );
    this.drawing = new DrawingBar(
      parts,
      this.stage,
      (step) => {
        this.go(step);
      },
      (affected) => {
        this.session.change({ affected });
      },
    );
    this.nearby = new NearbyCard(parts.nearby, () => {
      void this.session.discard().then(() => {
        this.showVoiceAdded();
      });
    });
    this.tasks = new TaskList(parts, config, () => {
      this.go("start");
    });
    this.outbox = new Outbox(parts, store, (frozen, sent) => void this.sentInBackground(frozen, sent));
  }

  async start(): Promise<void> {
    const { parts } = this;
    this.readFormAsItStands();
    parts.root.classList.add("is-live");
    this.bind();
    this.go(worthKeeping(this.session.draft) ? "details" : "start");
    new ResizeObserver(() => {
      this.fit();
    }).observe(parts.sheet);
    addEventListener("resize", () => {
      this.fit();
    });
    // The form is usable from here on; the rest comes when it comes.
    await Promise.all([this.stage.start(), this.outbox.count(), this.tasks.refresh()]);
    this.fit();
    if (!worthKeeping(this.session.draft)) await this.offerDrafts();
    if (navigator.onLine) await this.outbox.retry();
  }

  /** Whoever began to type before the scripts came loses nothing. */
  private readFormAsItStands(): void {
    const data = new FormData(this.parts.form);
    const value = (name: string) => {
      const found = data.get(name);
      return typeof found === "string" ? found : "";
    };
    this.session.draft = {
      ...this.session.draft,
      text: value("text"),
      category: value("category"),
      urgent: data.has("urgent"),
      confidential: data.has("confidential"),
      about: value("about") || "none",
    };
    const code = value("place_code");
    const label = this.parts.placeSelect.selectedOptions[0]?.textContent.trim() ?? "";
    if (code) this.session.draft.where = { kind: "building", location: null, code, label };
  }

  private bind(): void {
    const { parts, session } = this;
    parts.start.hidden = false;
    parts.report.addEventListener("click", () => {
      void this.begin();
    });
    parts.back.addEventListener("click", () => {
      this.go(this.step === "details" ? "category" : "start");
    });
    parts.next.addEventListener("click", () => {
      this.go("details");
    });
    parts.text.addEventListener("input", () => {
      session.change({ text: parts.text.value });
    });
    parts.form.addEventListener("change", (event) => {
      const input = event.target;
      if (input instanceof HTMLInputElement && input.name === "urgent") {
        session.change({ urgent: input.checked });
        this.showCategory();
      } else if (input instanceof HTMLInputElement && input.name === "confidential") {
        session.change({ confidential: input.checked });
      } else if (input instanceof HTMLSelectElement && input.name === "about") session.change({ about: input.value });
    });
    parts.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.send();
    });
    parts.tasksOpen.addEventListener("click", () => {
      this.go("tasks");
    });
    parts.locate.addEventListener("click", () => {
      void this.locateMe();
    });
    for (const button of parts.tools.querySelectorAll<HTMLButtonElement>("[data-zoom]")) {
      button.addEventListener("click", () => {
        this.stage.zoom(Number(button.dataset.zoom));
      });
    }
    addEventListener("keydown", (event) => {
      if (event.key === "Escape" && ["category", "tasks"].includes(this.step)) this.go("start");
    });
    addEventListener("pagehide", () => {
      void session.save();
    });
  }

  /* ---- steps ------------------------------------------------------------------------------- */

  private go(step: Step): void {
    const { parts } = this;
    const before = this.step;
    this.step = step;
    parts.root.dataset.step = step;
    const sheet = step === "category" || step === "details" || step === "result";
    parts.start.hidden = step !== "start";
    parts.sheet.toggleAttribute("data-open", sheet);
    parts.sheet.dataset.size = step === "result" ? "tall" : "half";
    parts.result.hidden = step !== "result";
    parts.back.hidden = step === "result";
    parts.next.hidden = step !== "category" || this.session.draft.category === "";
    parts.tasks.hidden = step !== "tasks";
    parts.drawbar.hidden = step !== "draw";
    if (step === "tasks") this.tasks.show();
    if (step === "category" || step === "details") parts.form.scrollTop = 0;
    if (step === "details") this.showDetails();
    this.fit();
    if (before !== step) this.focusStep(step);
  }

  private focusStep(step: Step): void {
    const { parts } = this;
    const target: Partial<Record<Step, HTMLElement | null>> = {
      start: parts.report,
      category: parts.tiles.querySelector("input"),
      result: parts.result,
      tasks: parts.tasks.querySelector("button"),
      draw: parts.drawbarAdd,
    };
    target[step]?.focus({ preventScroll: true });
  }

  /** Tell map and cross what the card, the sheet and the drawing bar cover. */
  private fit(): void {
    const { parts } = this;
    const stage = parts.stage.getBoundingClientRect();
    const side = matchMedia("(min-width: 60rem)").matches;
    const covering = [parts.sheet, parts.tasks, parts.drawbar, parts.start]
      .filter((element) => !element.hidden && getComputedStyle(element).display !== "none")
      .map((element) => element.getBoundingClientRect());
    const bottom = side ? 0 : Math.max(0, ...covering.map((box) => stage.bottom - box.top));
    const sheetOpen = this.step !== "start" && this.step !== "draw";
    const left = side && sheetOpen ? Math.max(0, ...covering.map((box) => box.right - stage.left)) : 0;
    const top = parts.where.getBoundingClientRect().bottom - stage.top;
    // A sheet over nearly everything (the receipt on a phone) leaves no middle worth keeping.
    if (bottom > stage.height * 0.8) return;
    this.stage.pad(side ? 0 : Math.max(0, top), bottom, left);
  }

  private async begin(): Promise<void> {
    if (!worthKeeping(this.session.draft)) {
      const { where, fix } = this.session.draft;
      this.session.begin();
      this.session.draft = { ...this.session.draft, where, fix };
    }
    this.session.draft.captured_at = new Date().toISOString();
    this.go("category");
    const spot = this.stage.spot();
    if (spot) await this.categories.refresh(...spot);
  }

  private chooseCategory(category: CategoryInfo, go: boolean): void {
    this.session.change({ category: category.key });
    this.clearError();
    this.parts.next.hidden = false;
    if (go) this.go("details");
  }

  private showDetails(): void {
    this.showCategory();
    const { draft } = this.session;
    const category = this.categories.find(draft.category);
    this.drawing.offer(category?.geometry ?? []);
    this.photos.show();
    this.locatedChanged(this.stage.located);
    const spot = this.stage.spot();
    if (category && spot && !category.sensitive) {
      void this.nearby.look(...spot, category.key, category.duplicate_radius_m);
    } else this.nearby.hide();
  }

  private showCategory(): void {
    const { draft } = this.session;
    const category = this.categories.find(draft.category);
    this.categories.select(draft.category);
    if (category) {
      this.categories.show(category, draft.urgent, () => {
        this.go("category");
      });
    }
  }

  /* ---- where ------------------------------------------------------------------------------- */

  private whereChanged(where: Where): void {
    this.session.change({ where });
    if (where.kind !== "gps") this.poorAccuracy = null;
  }

  private locatedChanged(located: Located | null): void {
    const { parts, session } = this;
    const { where } = session.draft;
    this.place.showWhere(where, located, this.poorAccuracy);
    this.place.askSide(located, where.kind === "side" ? where.code : "", (code, label) => {
      this.whereChanged({ kind: "side", location: where.location, code, label });
    });
    const who = located ? whoWords(located.leaders, located.party_cell) : "";
    parts.who.hidden = who === "";
    parts.who.textContent = who ? fmt(gettext("Goes to: %(who)s"), { who }) : "";
    const spot = this.stage.spot();
    if (this.step === "category" && spot) void this.categories.refresh(...spot);
  }

  private async locateMe(): Promise<void> {
    const { parts } = this;
    parts.locate.setAttribute("aria-busy", "true");
    try {
      const fix = await currentFix();
      this.session.change({ fix });
      this.poorAccuracy = fix.accuracy_m > POOR_ACCURACY_M ? fix.accuracy_m : null;
      this.stage.goToFix(fix);
      if (this.stage.map) showFix(this.stage.map, fix, currentTheme().primary);
      announce(parts.live, fmt(gettext("Position found, good to %(n)s m."), { n: Math.round(fix.accuracy_m) }));
    } catch (error) {
      const words = error instanceof PositionError ? error.message : String(error);
      parts.whereChain.textContent = words;
      announce(parts.live, words);
    } finally {
      parts.locate.removeAttribute("aria-busy");
    }
  }

  /** Browsers take the position out of photos: it is taken here, where the person has allowed it before. */
  private async fixAtShutter(): Promise<void> {
    if (this.session.draft.fix || !("permissions" in navigator)) return;
    const { state } = await navigator.permissions.query({ name: "geolocation" });
    if (state !== "granted") return;
    try {
      this.session.change({ fix: await currentFix() });
    } catch {
      // A photo without a position is still a photo.
    }
  }

  /* ---- sending ----------------------------------------------------------------------------- */

  private clearError(): void {
    this.parts.formError.hidden = true;
    for (const element of this.parts.form.querySelectorAll("[data-server-error]")) element.remove();
    for (const element of this.parts.form.querySelectorAll("[aria-invalid]")) element.removeAttribute("aria-invalid");
  }

  /** Words next to the field they are about; where there is no such field, above the button. */
  private showError(field: string, words: string): void {
    const { parts } = this;
    const name = field.split(".")[0] ?? "";
    const box = document.getElementById(`field-${name}`);
    if (name === "category") this.go("category");
    if (box) {
      box.append(h("p", { class: "field__error", "data-server-error": true, role: "alert" }, words));
      box.querySelector("input, textarea, select")?.setAttribute("aria-invalid", "true");
      box.scrollIntoView({ block: "center" });
    }
    parts.formError.hidden = box !== null;
    parts.formError.textContent = words;
  }

  private async send(): Promise<void> {
    this.clearError();
    const { draft } = this.session;
    if (!draft.category) {
      this.showError("category", gettext("Choose what it is first."));
      return;
    }
    if (!draft.affected && !draft.where.location && !draft.where.code) {
      this.showError(
        "location",
        gettext("Where is it? Move the map under the cross, use your position, or choose the building."),
      );
      this.parts.placeList.open = true;
      return;
    }
    const frozen = freeze({ ...draft, refused: null });
    const photos = [...this.session.photos.values()];
    this.go("result");
    showSending(this.parts.result, gettext("Sending …"));
    let sent: Sent;
    try {
      await this.store?.freeze(frozen);
      sent = await deliver(this.store, frozen, photos, (words) => {
        showSending(this.parts.result, words);
      });
    } catch (error) {
      // Neither kept nor sent: the form stays as it is.
      this.go("details");
      this.showError("", error instanceof Error ? error.message : String(error));
      return;
    }
    await this.outbox.count();
    await this.finished(frozen, sent);
  }

  private async finished(frozen: Frozen, sent: Sent): Promise<void> {
    const { parts } = this;
    const again = this.button(gettext("Next case"), true, () => {
      this.go("start");
    });
    switch (sent.kind) {
      case "done": {
        const open = h("a", { class: "btn", href: `/cases/${sent.receipt.id}/` }, gettext("Open the case"));
        showReceipt(parts.result, sent.receipt, this.config, sent.photoProblems, [again, open]);
        this.reset();
        await this.tasks.refresh();
        break;
      }
      case "refused": {
        const draft = thawed(frozen, sent.error.problem);
        await this.store?.thaw(draft);
        this.session.draft = draft;
        this.go("details");
        this.showError(sent.error.field, sent.error.message);
        await this.outbox.count();
        return;
      }
      case "waiting":
      case "signed-out": {
        if (!this.store) {
          // Nothing is kept in this browser: the form itself is the only copy.
          this.go("details");
          this.showError("", sent.kind === "waiting" ? sent.reason : gettext("Please sign in again in another tab, then send."));
          return;
        }
        const signIn = h("a", { class: "btn btn--primary", href: "/login/?next=/patrol/" }, gettext("Sign in"));
        const retry = this.button(gettext("Try now"), false, () => void this.outbox.retry());
        const signedOut = sent.kind === "signed-out";
        showWaiting(parts.result, sent.kind === "waiting" ? sent.reason : "", signedOut, [again, signedOut ? signIn : retry]);
        this.reset();
        break;
      }
    }
    parts.result.focus();
  }

  private async sentInBackground(frozen: Frozen, sent: Sent): Promise<void> {
    if (sent.kind === "refused") {
      await this.store?.thaw(thawed(frozen, sent.error.problem));
      await this.offerDrafts();
    } else if (sent.kind === "done") {
      announce(this.parts.live, gettext("A case that waited on this phone has been accepted."));
      if (this.step === "start" || this.step === "result") {
        this.go("result");
        await this.finished(frozen, sent);
      }
    }
  }

  /* ---- around the form --------------------------------------------------------------------- */

  private button(words: string, primary: boolean, onclick: () => void): HTMLButtonElement {
    return h("button", { type: "button", class: primary ? "btn btn--primary" : "btn", onclick }, words);
  }

  private reset(): void {
    const { parts } = this;
    this.session.begin();
    this.session.draft.where = NOWHERE;
    parts.form.reset();
    parts.chosen.hidden = true;
    parts.danger.hidden = true;
    this.poorAccuracy = null;
    this.categories.clearSearch();
    this.photos.show();
    this.nearby.hide();
    void this.drawing.restore(null);
    if (this.stage.map) showFix(this.stage.map, null, currentTheme().primary);
  }

  private showSaved(at: Date | null): void {
    this.parts.saved.hidden = at === null;
    if (!at) return;
    const time = at.toTimeString().slice(0, 5);
    this.parts.saved.textContent = fmt(gettext("Saved on this phone at %(time)s"), { time });
  }

  /** Drafts that were not sent: to go on with, or to throw away — never silently either. */
  private async offerDrafts(): Promise<void> {
    const drafts = (await this.store?.drafts()) ?? [];
    if (drafts.length === 0 || this.step !== "start") return;
    this.go("result");
    const name = (draft: Draft) => this.categories.find(draft.category)?.name ?? gettext("No kind yet");
    fill(
      this.parts.result,
      h("h2", null, gettext("Not sent yet")),
      h(
        "ul",
        { class: "tasks__list" },
        ...drafts.map((draft) =>
          h(
            "li",
            { class: "card" },
            h("p", null, h("strong", null, name(draft)), " ", draft.text.slice(0, 60), " ", h("span", { class: "meta" }, ago(draft.updated_at))),
            draft.refused ? h("p", { class: "field__error" }, draft.refused.detail ?? "") : null,
            h(
              "div",
              { class: "cluster" },
              this.button(gettext("Go on"), true, () => void this.resume(draft)),
              this.button(gettext("Throw away"), false, () => {
                void this.store?.discardDraft(draft.client_id).then(() => {
                  this.go("start");
                  return this.offerDrafts();
                });
              }),
            ),
          ),
        ),
      ),
      h(
        "div",
        { class: "actions" },
        this.button(gettext("Later"), false, () => {
          this.go("start");
        }),
      ),
    );
  }

  private async resume(draft: Draft): Promise<void> {
    const { parts } = this;
    await this.session.resume(draft);
    parts.text.value = draft.text;
    for (const [name, on] of [["urgent", draft.urgent], ["confidential", draft.confidential]] as const) {
      const box = parts.form.querySelector<HTMLInputElement>(`input[name=${name}]`);
      if (box) box.checked = on;
    }
    const about = parts.form.querySelector<HTMLSelectElement>("select[name=about]");
    if (about) about.value = draft.about;
    if (draft.where.location || draft.where.code) this.stage.set(draft.where);
    this.go(draft.category ? "details" : "category");
    await this.drawing.restore(draft.affected);
    if (draft.refused) this.showError(draft.refused.field ?? "", draft.refused.detail ?? "");
  }

  private showVoiceAdded(): void {
    this.reset();
    this.go("result");
    fill(
      this.parts.result,
      h(
        "div",
        { class: "state" },
        h("h2", null, gettext("Your voice was added")),
        h("p", null, gettext("No second case was filed. You see what becomes of the first one under its number.")),
        this.button(gettext("Next case"), true, () => {
          this.go("start");
        }),
      ),
    );
  }
}

void OutboxStore.open().then((store) => new PatrolPage(store).start());
