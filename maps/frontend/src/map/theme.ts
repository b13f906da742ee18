/** Colours of the map, by day and by night. Quiet ground, so that cases and the crosshair speak. */

export interface Theme {
  ground: string;
  green: string;
  water: string;
  campus: string;
  groundText: string;
  road: string;
  roadMain: string;
  roadCasing: string;
  roadText: string;
  building: string;
  buildingLine: string;
  buildingText: string;
  grid: string;
  block: string;
  community: string;
  subdistrict: string;
  gridText: string;
  text: string;
  halo: string;
  primary: string;
  case: string;
}

export const DAY: Theme = {
  ground: "#f4f1ea",
  green: "#d3e6c8",
  water: "#b5d6ea",
  campus: "#ebe4f0",
  groundText: "#3f6a45",
  road: "#ffffff",
  roadMain: "#fdf0cf",
  roadCasing: "#d5cdbd",
  roadText: "#5c5547",
  building: "#e2dcd0",
  buildingLine: "#bdb4a3",
  buildingText: "#4c463b",
  grid: "#8f9aa8",
  block: "#5f7f6f",
  community: "#14599d",
  subdistrict: "#3b2f63",
  gridText: "#5a6673",
  text: "#1b1f24",
  halo: "#fffdf8",
  primary: "#14599d",
  case: "#b42318",
};

export const NIGHT: Theme = {
  ground: "#12161b",
  green: "#1b2a20",
  water: "#16293a",
  campus: "#201d2b",
  groundText: "#86b38e",
  road: "#2b333d",
  roadMain: "#3a3a33",
  roadCasing: "#0c0f13",
  roadText: "#a9b3bf",
  building: "#242c35",
  buildingLine: "#3d4956",
  buildingText: "#aeb8c3",
  grid: "#4d5a68",
  block: "#5f8a77",
  community: "#5b9bdb",
  subdistrict: "#9d8fd6",
  gridText: "#94a1af",
  text: "#e8ebef",
  halo: "#0d1014",
  primary: "#7db6ee",
  case: "#ff9b8f",
};

/** Night by choice (`data-theme`), else by the device. */
export function isNight(): boolean {
  const chosen = document.documentElement.dataset.theme;
  if (chosen) return chosen === "dark";
  return typeof matchMedia === "function" && matchMedia("(prefers-color-scheme: dark)").matches;
}

export function currentTheme(): Theme {
  return isNight() ? NIGHT : DAY;
}
