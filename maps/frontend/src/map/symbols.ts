/** Signs of categories on the map: the profile's shape and colour, drawn on a canvas; no sprite from anywhere. */

import type { Map as MapLibre } from "maplibre-gl";
import shapes from "../../../marks.json";

export interface Icon {
  shape: string;
  colour: string;
}

/** Okabe and Ito's palette, as profiles name it. */
export const COLOURS: Record<string, string> = {
  black: "#000000",
  orange: "#E69F00",
  sky: "#56B4E9",
  green: "#009E73",
  yellow: "#F0E442",
  blue: "#0072B2",
  vermillion: "#D55E00",
  purple: "#CC79A7",
};

const FIELD = 24;
const MARGIN = 3;
const SIZE = FIELD + 2 * MARGIN;
const RATIO = 2;

export function pathOf(shape: string): string {
  const path = (shapes as Record<string, string>)[shape];
  if (path === undefined) throw new Error(`no shape '${shape}'; known are ${Object.keys(shapes).join(", ")}`);
  return path;
}

export function imageName(icon: Icon): string {
  return `mark-${icon.shape}-${icon.colour}`;
}

/** Draw a sign: white halo, so that it stands out of buildings and of night colours; dark edge; colour. */
export function drawIcon(icon: Icon): ImageData | null {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE * RATIO;
  const context = canvas.getContext("2d");
  if (!context) return null;
  const path = new Path2D(pathOf(icon.shape));
  context.scale(RATIO, RATIO);
  context.translate(MARGIN, MARGIN);
  context.lineJoin = "round";
  context.strokeStyle = "#ffffff";
  context.lineWidth = 4.5;
  context.stroke(path);
  context.fillStyle = COLOURS[icon.colour] ?? "#000000";
  context.fill(path);
  context.strokeStyle = "#1b1f24";
  context.lineWidth = 1.25;
  context.stroke(path);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/** The sign that an image's name means; null for another image. */
export function iconOf(name: string): Icon | null {
  const [, shape = "", colour = ""] = /^mark-([a-z]+)-([a-z]+)$/.exec(name) ?? [];
  return Object.hasOwn(shapes, shape) && Object.hasOwn(COLOURS, colour) ? { shape, colour } : null;
}

/** Draw signs for the map when it needs them, also after a change of style. */
export function drawIconsFor(map: MapLibre): void {
  map.setMissingStyleImageResolver((name) => {
    const icon = iconOf(name);
    const image = icon ? drawIcon(icon) : null;
    if (image) map.addImage(name, image, { pixelRatio: RATIO });
  });
}
