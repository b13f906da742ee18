/** Moving the map under the crosshair without a pointer: arrows, with Shift in fine steps, + and − to zoom. */

import type { Map as MapLibre } from "maplibre-gl";

const STEP_PX = 60;
const FINE_STEP_PX = 8;

export type Move = { pan: [number, number] } | { zoom: number } | null;

/** What a key means. */
export function moveOf(key: string, fine: boolean): Move {
  const step = fine ? FINE_STEP_PX : STEP_PX;
  switch (key) {
    case "ArrowLeft":
      return { pan: [-step, 0] };
    case "ArrowRight":
      return { pan: [step, 0] };
    case "ArrowUp":
      return { pan: [0, -step] };
    case "ArrowDown":
      return { pan: [0, step] };
    case "+":
    case "=":
      return { zoom: 1 };
    case "-":
    case "_":
      return { zoom: -1 };
    default:
      return null;
  }
}

export function bindKeyboard(map: MapLibre, element: HTMLElement, onMove: () => void): void {
  element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const move = moveOf(event.key, event.shiftKey);
    if (!move) return;
    event.preventDefault();
    onMove();
    if ("pan" in move) map.panBy(move.pan, { duration: 120 });
    else map.easeTo({ zoom: map.getZoom() + move.zoom, duration: 150 });
  });
}
