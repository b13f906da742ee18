/** The phone's own position in the open case: asked for by its button, or taken when the shutter is. */

import { fmt, gettext } from "../i18n";
import { currentFix, PositionError, POOR_ACCURACY_M, showFix } from "../map/position";
import { currentTheme } from "../map/theme";
import type { Where } from "../outbox/store";
import { announce } from "../ui/dom";
import type { Parts } from "./page";
import type { Session } from "./session";
import type { Stage } from "./stage";

export class PhoneFix {
  /** What the list says wins over what the phone measured: given only while the fix is what is meant. */
  poorAccuracy: number | null = null;

  constructor(
    private readonly parts: Parts,
    private readonly session: Session,
    private readonly stage: Stage,
  ) {}

  async locate(): Promise<void> {
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
  async atShutter(): Promise<void> {
    if (this.session.draft.fix || !("permissions" in navigator)) return;
    const { state } = await navigator.permissions.query({ name: "geolocation" });
    if (state !== "granted") return;
    try {
      this.session.change({ fix: await currentFix() });
    } catch {
      // A photo without a position is still a photo.
    }
  }

  whereChanged(where: Where): void {
    if (where.kind !== "gps") this.poorAccuracy = null;
  }

  clear(): void {
    this.poorAccuracy = null;
    if (this.stage.map) showFix(this.stage.map, null, currentTheme().primary);
  }
}
