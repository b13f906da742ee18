/** Drawing a line or an area with terra-draw: by tapping, or point by point under the crosshair. */

import type { Map as MapLibre } from "maplibre-gl";
import {
  TerraDraw,
  TerraDrawLineStringMode,
  TerraDrawModeUndoRedo,
  TerraDrawPointMode,
  TerraDrawPolygonMode,
  TerraDrawSelectMode,
  ValidateNotSelfIntersecting,
  type GeoJSONStoreFeatures,
  type HexColor,
} from "terra-draw";
import { TerraDrawMapLibreGLAdapter } from "terra-draw-maplibre-gl-adapter";
import type { Affected } from "./geometry";

export type Shape = "Point" | "LineString" | "Polygon";

const MODE: Record<Shape, string> = { Point: "point", LineString: "linestring", Polygon: "polygon" };

export interface DrawingEvents {
  /** Only one geometry at a time: a new one takes the place of the old. */
  single?: boolean;
  /** Whenever something finished was drawn, moved or removed. */
  onChange: (geometries: Affected[]) => void;
  /** While drawing: how many points stand. */
  onPoints?: (count: number) => void;
}

export class Drawing {
  private readonly draw: TerraDraw;
  private active: Shape | null = null;
  private loading = false;

  constructor(
    private readonly map: MapLibre,
    colour: HexColor,
    private readonly events: DrawingEvents,
  ) {
    const line = { lineStringColor: colour, lineStringWidth: 4, closingPointColor: colour, closingPointWidth: 7 };
    const area = {
      fillColor: colour,
      fillOpacity: 0.2,
      outlineColor: colour,
      outlineWidth: 3,
      closingPointColor: colour,
      closingPointWidth: 7,
    };
    const editable = { feature: { draggable: true, coordinates: { midpoints: true, draggable: true, deletable: true } } };
    const notCrossing = (feature: GeoJSONStoreFeatures, { updateType }: { updateType: string }) =>
      updateType === "finish" || updateType === "commit" ? ValidateNotSelfIntersecting(feature) : { valid: true };
    this.draw = new TerraDraw({
      adapter: new TerraDrawMapLibreGLAdapter({ map, prefixId: "drawing" }),
      modes: [
        new TerraDrawPointMode({ styles: { pointColor: colour, pointWidth: 8, pointOutlineWidth: 3 } }),
        new TerraDrawLineStringMode({ styles: line, pointerDistance: 24 }),
        new TerraDrawPolygonMode({ styles: area, pointerDistance: 24, validation: notCrossing }),
        new TerraDrawSelectMode({
          flags: { point: { feature: { draggable: true } }, linestring: editable, polygon: editable },
          pointerDistance: 28,
          styles: { selectionPointColor: colour, selectionPointWidth: 8, selectedLineStringWidth: 4 },
        }),
      ],
      undoRedo: { modeLevel: new TerraDrawModeUndoRedo() },
    });
    this.draw.start();
    this.draw.setMode("select");
    this.draw.on("finish", (id, context) => {
      if (context.action === "draw") {
        if (this.events.single) this.keepOnly(id);
        this.active = null;
        this.draw.setMode("select");
        this.draw.selectFeature(id);
      }
      this.events.onChange(this.geometries());
    });
    this.draw.on("change", (_ids, type) => {
      if (this.active) this.events.onPoints?.(this.points());
      else if (type === "delete" && !this.loading) this.events.onChange(this.geometries());
    });
  }

  private keepOnly(id: string | number): void {
    const others = this.draw.getSnapshot().filter((feature) => !isGuide(feature) && feature.id !== id);
    this.draw.removeFeatures(others.flatMap((feature) => (feature.id === undefined ? [] : [feature.id])));
  }

  get drawing(): boolean {
    return this.active !== null;
  }

  start(shape: Shape): void {
    this.draw.setMode(MODE[shape]);
    this.active = shape;
    this.events.onPoints?.(0);
  }

  /** Set a point where the crosshair is: the same path as a tap, for precise fingers and for keyboards. */
  addAt(x: number, y: number): void {
    const canvas = this.map.getCanvas();
    const box = canvas.getBoundingClientRect();
    const where = { clientX: box.left + x, clientY: box.top + y, isPrimary: true, pointerId: 1, bubbles: true };
    canvas.dispatchEvent(new PointerEvent("pointermove", { ...where, button: -1, buttons: 0 }));
    canvas.dispatchEvent(new PointerEvent("pointerdown", { ...where, button: 0, buttons: 1 }));
    canvas.dispatchEvent(new PointerEvent("pointerup", { ...where, button: 0, buttons: 0 }));
  }

  undo(): void {
    if (this.draw.canUndo()) this.draw.undo();
  }

  /** End the line or area with the points it has. */
  finish(): void {
    this.map.getCanvas().dispatchEvent(new KeyboardEvent("keyup", { key: "Enter", bubbles: true }));
  }

  /** Give up what is being drawn; what was finished stays. */
  cancel(): void {
    this.active = null;
    this.draw.setMode("select");
    this.events.onChange(this.geometries());
  }

  clear(): void {
    this.active = null;
    this.draw.clear();
    this.draw.setMode("select");
    this.events.onChange([]);
  }

  /** Show geometries that exist already. What terra-draw cannot take is told, not dropped. */
  load(geometries: Affected[]): void {
    // What is shown anew has not been changed by anybody: clearing must not empty the form's field.
    this.loading = true;
    try {
      this.draw.clear();
    } finally {
      this.loading = false;
    }
    const features = geometries.map(
      (geometry) =>
        ({ type: "Feature", geometry, properties: { mode: MODE[geometry.type] } }) as unknown as GeoJSONStoreFeatures,
    );
    const refused = this.draw.addFeatures(features).filter((answer) => !answer.valid);
    if (refused.length > 0) {
      throw new Error(`geometry cannot be edited here: ${refused.map((answer) => answer.reason ?? "").join("; ")}`);
    }
  }

  geometries(): Affected[] {
    return this.draw
      .getSnapshot()
      .filter((feature) => !isGuide(feature))
      .map((feature) => feature.geometry);
  }

  private points(): number {
    const current = this.draw.getSnapshot().find((feature) => feature.properties.currentlyDrawing === true);
    if (!current) return 0;
    // The last position follows the pointer and is not set yet; a ring repeats its first.
    if (current.geometry.type === "LineString") return current.geometry.coordinates.length - 1;
    if (current.geometry.type === "Polygon") return Math.max(0, (current.geometry.coordinates[0]?.length ?? 0) - 2);
    return 0;
  }
}

function isGuide(feature: GeoJSONStoreFeatures): boolean {
  const guides = ["midPoint", "selectionPoint", "closingPoint", "snappingPoint", "coordinatePoint", "currentlyDrawing"];
  return guides.some((name) => feature.properties[name] === true);
}
