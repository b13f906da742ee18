/** Who and where, in words, from what the server says. Shared by the card on top, the send line and the receipt. */

import type { AreaRef, BuildingRef, Leader, Located, PartyCell } from "../api/types";
import { fmt, gettext } from "../i18n";

export function leaderWords(leader: Leader): string {
  const who = leader.name ? fmt(gettext("%(name)s, %(post)s"), { name: leader.name, post: leader.post }) : leader.post;
  return leader.acting ? fmt(gettext("%(who)s, acting"), { who }) : who;
}

export function partyWords(cell: PartyCell): string {
  if (!cell.head) return cell.name;
  return fmt(gettext("%(cell)s (%(title)s %(head)s)"), {
    cell: cell.name,
    title: cell.head_title ?? "",
    head: cell.head,
  });
}

export function buildingWords(building: BuildingRef): string {
  return building.unit ? `${building.name} ${building.unit}` : building.name;
}

/** Who gets it, in one line: a team by its first and its number; empty where nobody is named. */
export function whoWords(leaders: Leader[], cell: PartyCell | null): string {
  const [first] = leaders;
  const words: string[] = [];
  if (first) {
    const who = leaderWords(first);
    const total = leaders.length;
    words.push(total > 1 ? fmt(gettext("%(who)s and %(more)s more"), { who, more: total - 1, total }) : who);
  }
  if (cell) words.push(partyWords(cell));
  return words.join(gettext("; "));
}

/** Widest first in, narrowest first out, without the leaf, which stands above. */
export function chainWords(areas: AreaRef[], building: BuildingRef | null): string {
  const above = areas.slice(0, -1).slice(-2).map((area) => area.name);
  return [...above, ...(building ? [buildingWords(building)] : [])].join(" · ");
}

export function leaf(areas: AreaRef[]): AreaRef | null {
  return areas[areas.length - 1] ?? null;
}

/** The heading of the card: the grid, or what stands in its place. */
export function gridWords(located: Located): string {
  const name = leaf(located.areas)?.name ?? "";
  switch (located.outcome) {
    case "inside":
    case "snapped":
      return name;
    case "border":
      return fmt(gettext("%(grid)s — close to a border"), { grid: name });
    case "overlap":
      return fmt(gettext("%(grid)s — two grids overlap here"), { grid: name });
    case "outside":
      return gettext("Outside every grid");
  }
}

/** What a screen reader says after the map has moved. */
export function spoken(located: Located): string {
  const grid = gridWords(located);
  return located.building ? `${grid}${gettext(", ")}${buildingWords(located.building)}` : grid;
}
