/** What is mine to do: how many, and the list with the most pressing one on top. */

import type { FeatureCollection, Point } from "geojson";
import { callJson } from "../api/http";
import { fmt, gettext } from "../i18n";
import type { MapConfig } from "../map/config";
import { fill, h } from "../ui/dom";
import { untilDeadline } from "../ui/format";
import { markOf } from "./categories";
import type { Parts } from "./page";

/** Nobody works through more than the hundred most pressing ones from a phone. */
const QUERY = new URLSearchParams({
  scope: "in_charge",
  status: "received,assigned,in_progress,reopened",
  sort: "deadline",
  limit: "100",
});

interface TaskProperties {
  id: number | string;
  category: string;
  text?: string;
  deadline?: string | null;
  overdue?: boolean;
  areas?: { name: string }[];
}

type Tasks = FeatureCollection<Point | null, TaskProperties> & { next?: string | null; total?: number };

export class TaskList {
  private tasks: TaskProperties[] = [];
  private total = 0;
  private problem = "";

  constructor(
    private readonly parts: Parts,
    private readonly config: MapConfig,
    private readonly close: () => void,
  ) {}

  async refresh(): Promise<void> {
    try {
      const answer = await callJson<Tasks>(`/api/v1/cases/?${QUERY.toString()}`);
      this.tasks = answer.features.map((feature) => feature.properties);
      this.total = answer.total ?? this.tasks.length;
      this.problem = "";
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    }
    const { tasksOpen, tasksCount } = this.parts;
    tasksCount.textContent = String(this.total);
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
      this.total > this.tasks.length
        ? h(
            "p",
            { class: "state state--partial state--inline" },
            fmt(gettext("These are the %(n)s most pressing ones; the ledger has them all."), { n: this.tasks.length }),
            " ",
            h("a", { href: "/cases/?scope=in_charge&sort=deadline" }, gettext("Open the ledger")),
          )
        : null,
    );
  }
}
