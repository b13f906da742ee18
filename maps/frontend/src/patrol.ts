/**
 * The patroller's page: 上报 → kind → photo → send, with the map under a fixed cross.
 *
 * The form is the server's plain HTML form; this file makes it a sheet over the map. It works before the map has come,
 * and without it.
 */

import type { Located } from "./api/types";
import { fmt, gettext } from "./i18n";
import type { CategoryInfo, MapConfig } from "./map/config";
import { OutboxStore, type Draft, type Where } from "./outbox/store";
import { CategoryPicker } from "./patrol/categories";
import { showDrafts, showVoiceAdded } from "./patrol/drafts";
import { DrawingBar } from "./patrol/drawing";
import { FormErrors } from "./patrol/errors";
import { FormFields } from "./patrol/fields";
import { PhoneFix } from "./patrol/fix";
import { NearbyCard } from "./patrol/nearby";
import { findParts, type Step } from "./patrol/page";
import { PhotoField } from "./patrol/photos";
import { PlaceField } from "./patrol/place";
import { Sending } from "./patrol/sending";
import { NOWHERE, Session, worthKeeping } from "./patrol/session";
import { Stage } from "./patrol/stage";
import { Steps } from "./patrol/steps";
import { TaskList } from "./patrol/tasks";
import { whoWords } from "./patrol/words";
import { announce, pageJson } from "./ui/dom";

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
  private readonly sending: Sending;
  private readonly steps: Steps;
  private readonly errors: FormErrors;
  private readonly fields: FormFields;
  private readonly fix: PhoneFix;

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
    this.fix = new PhoneFix(parts, this.session, this.stage);
    this.fields = new FormFields(parts, this.session, () => {
      this.showCategory();
    });
    this.steps = new Steps(parts, this.stage, (step) => {
      this.entered(step);
    });
    this.errors = new FormErrors(parts);
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
      () => void this.fix.atShutter(),
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
    this.sending = new Sending(parts, config, store, this.session, {
      go: (step) => {
        this.go(step);
      },
      current: () => this.steps.current,
      showError: (field, words) => {
        this.showError(field, words);
      },
      reset: () => {
        this.reset();
      },
      taken: () => this.tasks.refresh(),
      offerDrafts: () => this.offerDrafts(),
    });
  }

  async start(): Promise<void> {
    const { parts } = this;
    this.fields.read();
    parts.root.classList.add("is-live");
    this.bind();
    this.go(worthKeeping(this.session.draft) ? "details" : "start");
    // The form is usable from here on; the rest comes when it comes.
    await Promise.all([this.stage.start(), this.sending.start(), this.tasks.refresh()]);
    this.steps.fit();
    if (!worthKeeping(this.session.draft)) await this.offerDrafts();
    await this.sending.retry();
  }

  private bind(): void {
    const { parts, session } = this;
    parts.start.hidden = false;
    parts.report.addEventListener("click", () => {
      void this.begin();
    });
    parts.back.addEventListener("click", () => {
      this.go(this.steps.current === "details" ? "category" : "start");
    });
    parts.next.addEventListener("click", () => {
      this.go("details");
    });
    this.fields.follow();
    parts.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.send();
    });
    parts.tasksOpen.addEventListener("click", () => {
      this.go("tasks");
    });
    parts.locate.addEventListener("click", () => {
      void this.fix.locate();
    });
    for (const button of parts.tools.querySelectorAll<HTMLButtonElement>("[data-zoom]")) {
      button.addEventListener("click", () => {
        this.stage.zoom(Number(button.dataset.zoom));
      });
    }
    addEventListener("keydown", (event) => {
      if (event.key === "Escape" && ["category", "tasks"].includes(this.steps.current)) this.go("start");
    });
    addEventListener("pagehide", () => {
      void session.save();
    });
  }

  /* ---- steps ------------------------------------------------------------------------------- */

  private go(step: Step): void {
    this.steps.go(step);
  }

  private entered(step: Step): void {
    this.parts.next.hidden = step !== "category" || this.session.draft.category === "";
    if (step === "tasks") this.tasks.show();
    if (step === "details") this.showDetails();
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
    this.errors.clear();
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
    this.fix.whereChanged(where);
  }

  private locatedChanged(located: Located | null): void {
    const { parts, session } = this;
    const { where } = session.draft;
    this.place.showWhere(where, located, this.fix.poorAccuracy);
    this.place.askSide(located, where.kind === "side" ? where.code : "", (code, label) => {
      this.whereChanged({ kind: "side", location: where.location, code, label });
    });
    const who = located ? whoWords(located.leaders, located.party_cell) : "";
    parts.who.hidden = who === "";
    parts.who.textContent = who ? fmt(gettext("Goes to: %(who)s"), { who }) : "";
    const spot = this.stage.spot();
    if (this.steps.current === "category" && spot) void this.categories.refresh(...spot);
  }

  /* ---- sending ----------------------------------------------------------------------------- */

  private showError(field: string, words: string): void {
    if (field === "category") this.go("category");
    this.errors.show(field, words);
  }

  private async send(): Promise<void> {
    this.errors.clear();
    const { draft } = this.session;
    if (!draft.category) {
      this.showError("category", gettext("Choose what it is first."));
      return;
    }
    if (!draft.affected && !draft.where.location && !draft.where.code) {
      // Opened first: the list pushes down what is below it.
      this.parts.placeList.open = true;
      this.showError(
        "location",
        gettext("Where is it? Move the map under the cross, use your position, or choose the building."),
      );
      return;
    }
    await this.sending.send();
  }

  /* ---- around the form --------------------------------------------------------------------- */

  private reset(): void {
    const { parts } = this;
    this.session.begin();
    this.session.draft.where = NOWHERE;
    this.fields.clear();
    parts.chosen.hidden = true;
    parts.danger.hidden = true;
    this.fix.clear();
    this.categories.clearSearch();
    this.photos.show();
    this.nearby.hide();
    void this.drawing.restore(null);
  }

  private showSaved(at: Date | null): void {
    this.parts.saved.hidden = at === null;
    if (!at) return;
    const time = at.toTimeString().slice(0, 5);
    this.parts.saved.textContent = fmt(gettext("Saved on this phone at %(time)s"), { time });
  }

  private async offerDrafts(): Promise<void> {
    const drafts = (await this.store?.drafts()) ?? [];
    if (drafts.length === 0 || this.steps.current !== "start") return;
    this.go("result");
    showDrafts(this.parts.result, drafts, {
      nameOf: (draft) => this.categories.find(draft.category)?.name ?? gettext("No kind yet"),
      resume: (draft) => void this.resume(draft),
      discard: (draft) => {
        void this.store?.discardDraft(draft.client_id).then(() => {
          this.go("start");
          return this.offerDrafts();
        });
      },
      later: () => {
        this.go("start");
      },
    });
  }

  private async resume(draft: Draft): Promise<void> {
    await this.session.resume(draft);
    this.fields.restore(draft);
    if (draft.where.location || draft.where.code) this.stage.set(draft.where);
    this.go(draft.category ? "details" : "category");
    await this.drawing.restore(draft.affected);
    if (draft.refused) this.showError(draft.refused.field ?? "", draft.refused.detail ?? "");
  }

  private showVoiceAdded(): void {
    this.reset();
    this.go("result");
    showVoiceAdded(this.parts.result, () => {
      this.go("start");
    });
  }
}

void OutboxStore.open().then((store) => new PatrolPage(store).start());
