/** My open tasks: how many, and the list with the next one on top. */

import type { FeatureCollection, Point } from "geojson";
import { callJson } from "../api/http";
import { fmt, gettext } from "../i18n";
import type { MapConfig } from "../map/config";
import { fill, h } from "../ui/dom";
import { untilDeadline } from "../ui/format";
import { markOf } from "./categories";
import type { Parts } from "./page";

const LIMIT = 100;

interface TaskProperties {
  id: number | string;
  category: string;
  text?: string;
  deadline?: string | null;
  overdue?: boolean;
  areas?: { name: string }[];
}

type Tasks = FeatureCollection<Point | null, TaskProperties> & { next?: string | null };

/** Late first, then by deadline, then what has none. */
export function inOrder<T extends Pick<TaskProperties, "deadline">>(tasks: T[]): T[] {
  return [...tasks].sort((a, b) => (a.deadline ?? "9999").localeCompare(b.deadline ?? "9999"));
}

export class TaskList {
  private tasks: TaskProperties[] = [];
  private more = false;
  private problem = "";

  constructor(
    private readonly parts: Parts,
    private readonly config: MapConfig,
    private readonly close: () => void,
  ) {}

  async refresh(): Promise<void> {
    const status = "received,assigned,in_progress,reopened";
    const search = new URLSearchParams({ scope: "mine", status, limit: String(LIMIT) });
    try {
      const answer = await callJson<Tasks>(`/api/v1/cases/?${search.toString()}`);
      this.tasks = inOrder(answer.features.map((feature) => feature.properties));
      this.more = Boolean(answer.next);
      this.problem = "";
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    }
    const { tasksOpen, tasksCount } = this.parts;
    tasksCount.textContent = this.more ? `${this.tasks.length}+` : String(this.tasks.length);
    tasksOpen.hidden = false;
  }

  show(): void {
    const category = (key: string) => this.config.categories.find((known) => known.key === key);
    fill(
      this.parts.tasks,
      h(
        "div",
        { class: "page-head" },
        h("h2", null, gettext("My open tasks")),
        h("button", { type: "button", class: "btn", onclick: this.close }, gettext("Close")),
      ),
      this.problem
        ? h(
            "div",
            { class: "state state--error state--inline", role: "alert" },
            h("strong", null, gettext("The list could not be loaded.")),
            " ",
            this.problem,
          )
        : null,
      !this.problem && this.tasks.length === 0
        ? h(
            "div",
            { class: "state state--empty" },
            h("h3", null, gettext("Nothing open")),
            h("p", null, gettext("New tasks appear here as soon as they are assigned.")),
          )
        : null,
      h(
        "ul",
        { class: "tasks__list" },
        ...this.tasks.map((task) => {
          const kind = category(task.category);
          const due = task.deadline ? untilDeadline(task.deadline) : null;
          return h(
            "li",
            null,
            h(
              "a",
              { href: `/cases/${task.id}/` },
              kind ? markOf(kind) : null,
              h(
                "span",
                null,
                h("strong", null, kind?.name ?? task.category),
                h("br"),
                h("span", { class: "meta" }, (task.areas ?? []).slice(-1).map((area) => area.name).join(""), " ", task.text ?? ""),
              ),
              due ? h("b", { class: due.late ? "deadline deadline--late" : "deadline meta" }, due.words) : null,
            ),
          );
        }),
      ),
      this.more
        ? h(
            "p",
            { class: "state state--partial state--inline" },
            fmt(gettext("These are the first %(n)s; the ledger has them all."), { n: this.tasks.length }),
            " ",
            h("a", { href: "/cases/" }, gettext("Open the ledger")),
          )
        : null,
    );
  }
}
