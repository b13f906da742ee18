/** The parts of the patrol page, found once. The template promises each of them. */

import { need } from "../ui/dom";

const one = <T extends Element>(name: string, type: new () => T) => need(`[data-${name}]`, type);

export function findParts() {
  return {
    root: need(".patrol", HTMLElement),
    stage: one("stage", HTMLElement),
    map: one("map", HTMLElement),
    mapNote: one("map-note", HTMLElement),
    where: one("where", HTMLElement),
    whereGrid: one("where-grid", HTMLElement),
    whereChain: one("where-chain", HTMLElement),
    wherePeople: one("where-people", HTMLElement),
    tools: one("tools", HTMLElement),
    locate: one("locate", HTMLButtonElement),
    live: one("live", HTMLElement),
    start: one("start", HTMLElement),
    report: one("report", HTMLButtonElement),
    sheet: one("sheet", HTMLElement),
    form: one("form", HTMLFormElement),
    search: one("search", HTMLElement),
    categorySearch: one("category-search", HTMLInputElement),
    tiles: one("tiles", HTMLElement),
    allKinds: one("all-kinds", HTMLDetailsElement),
    noKind: one("no-kind", HTMLElement),
    chosen: one("chosen", HTMLElement),
    danger: one("danger", HTMLElement),
    text: need("#id_text", HTMLTextAreaElement),
    photoField: need("#field-photo", HTMLElement),
    photoInput: need("#id_photo", HTMLInputElement),
    photos: one("photos", HTMLUListElement),
    draw: one("draw", HTMLElement),
    drawClear: one("draw-clear", HTMLButtonElement),
    drawHint: one("draw-hint", HTMLElement),
    placeLine: one("place-line", HTMLElement),
    sides: one("sides", HTMLElement),
    placeList: one("place-list", HTMLDetailsElement),
    gazetteer: one("gazetteer", HTMLElement),
    placeSearch: one("place-search", HTMLInputElement),
    placeHits: one("place-hits", HTMLUListElement),
    placeSelect: need("#id_place_code", HTMLSelectElement),
    nearby: one("nearby", HTMLElement),
    who: one("who", HTMLElement),
    formError: one("form-error", HTMLElement),
    back: one("back", HTMLButtonElement),
    next: one("next", HTMLButtonElement),
    submit: one("submit", HTMLButtonElement),
    saved: one("saved", HTMLElement),
    result: one("result", HTMLElement),
    tasks: one("tasks", HTMLElement),
    tasksOpen: one("tasks-open", HTMLButtonElement),
    tasksCount: one("tasks-count", HTMLElement),
    unsent: one("unsent", HTMLButtonElement),
    drawbar: one("drawbar", HTMLElement),
    drawbarWords: one("drawbar-words", HTMLElement),
    drawbarAdd: one("drawbar-add", HTMLButtonElement),
    drawbarUndo: one("drawbar-undo", HTMLButtonElement),
    drawbarFinish: one("drawbar-finish", HTMLButtonElement),
    drawbarCancel: one("drawbar-cancel", HTMLButtonElement),
  };
}

export type Parts = ReturnType<typeof findParts>;
export type Step = "start" | "category" | "details" | "result" | "tasks" | "draw";
