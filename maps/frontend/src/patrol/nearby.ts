/** "Is it this one?": open cases of the kind close by, offered before sending. Never in the way. */

import type { Feature, FeatureCollection, Point } from "geojson";
import { callJson } from "../api/http";
import { fmt, gettext } from "../i18n";
import { distance_m } from "../map/geometry";
import { newId } from "../outbox/hash";
import { fill, h } from "../ui/dom";
import { ago, distance } from "../ui/format";

interface NearbyProperties {
  id: number | string;
  text?: string;
  reported_at: string;
  distance_m?: number;
}

type Nearby = Feature<Point | null, NearbyProperties>;

export class NearbyCard {
  private controller: AbortController | null = null;
  private readonly dismissed = new Set<string>();

  constructor(
    private readonly into: HTMLElement,
    private readonly onSame: (id: string) => void,
  ) {}

  async look(lon: number, lat: number, category: string, radius_m: number): Promise<void> {
    this.controller?.abort();
    const controller = (this.controller = new AbortController());
    const search = new URLSearchParams({
      lon: lon.toFixed(7),
      lat: lat.toFixed(7),
      category,
      radius_m: String(radius_m),
    });
    try {
      const found = await callJson<FeatureCollection<Point | null, NearbyProperties>>(
        `/api/v1/cases/nearby/?${search.toString()}`,
        { signal: controller.signal },
      );
      const first = found.features.find((feature) => !this.dismissed.has(String(feature.properties.id)));
      this.show(first, [lon, lat]);
    } catch {
      // Only an offer: without an answer there is nothing to offer.
      this.hide();
    }
  }

  hide(): void {
    this.into.hidden = true;
    this.into.replaceChildren();
  }

  private show(found: Nearby | undefined, spot: [number, number]): void {
    if (!found) {
      this.hide();
      return;
    }
    const { id, text, reported_at } = found.properties;
    const metres = found.properties.distance_m ?? (found.geometry ? distance_m(spot, found.geometry.coordinates) : null);
    this.into.hidden = false;
    fill(
      this.into,
      h(
        "div",
        { class: "card" },
        h(
          "p",
          null,
          h(
            "strong",
            null,
            metres === null
              ? gettext("There is an open case of this kind here. The same?")
              : fmt(gettext("There is an open case of this kind %(far)s away. The same?"), { far: distance(metres) }),
          ),
        ),
        h("p", null, text ?? "", " ", h("span", { class: "meta" }, ago(reported_at))),
        h(
          "div",
          { class: "cluster" },
          h(
            "button",
            {
              type: "button",
              class: "btn",
              onclick: () => {
                void this.same(String(id));
              },
            },
            gettext("The same: add my voice"),
          ),
          h(
            "button",
            {
              type: "button",
              class: "btn btn--quiet",
              onclick: () => {
                this.dismissed.add(String(id));
                this.hide();
              },
            },
            gettext("No, another"),
          ),
        ),
      ),
    );
  }

  private async same(id: string): Promise<void> {
    try {
      await callJson(`/api/v1/cases/${id}/me-too/`, {
        method: "POST",
        body: JSON.stringify({ client_id: newId() }),
        headers: { "Content-Type": "application/json" },
      });
      this.hide();
      this.onSame(id);
    } catch (error) {
      this.into.append(
        h("p", { class: "field__error", role: "alert" }, error instanceof Error ? error.message : String(error)),
      );
    }
  }
}
