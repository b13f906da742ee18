/** One way to the server: CSRF header, JSON, typed errors. */

import type { Problem } from "./types";
import { fmt, gettext } from "../i18n";

/** The server refused, and said why. */
export class ProblemError extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
  ) {
    super(problem.detail ?? problem.title ?? fmt(gettext("The server answered %(status)s."), { status }));
    this.name = "ProblemError";
  }
  get field(): string {
    return this.problem.field ?? "";
  }
}

/** Nobody answered: no signal, a server that is down, or a portal that wants a sign-in first. */
export class UnreachableError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = "UnreachableError";
  }
}

function csrfToken(): string {
  const field = document.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]");
  return field?.value ?? /(?:^|;\s*)csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";
}

export interface Call {
  method?: "GET" | "POST" | "PUT";
  body?: BodyInit;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/**
 * Call the server and return its answer, whatever status below 400 it has.
 *
 * @throws ProblemError when the server refuses.
 * @throws UnreachableError when no answer of ours comes back.
 * An abort passes through as the `AbortError` it is.
 */
export async function call(path: string, { method = "GET", body, headers = {}, signal }: Call = {}): Promise<Response> {
  const all: Record<string, string> = { Accept: "application/json, application/problem+json", ...headers };
  if (method !== "GET") all["X-CSRFToken"] = csrfToken();
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers: all,
      credentials: "same-origin",
      ...(body === undefined ? {} : { body }),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new UnreachableError(gettext("No connection to the server."));
  }
  if (response.ok) return response;
  throw new ProblemError(response.status, await readProblem(response));
}

async function readProblem(response: Response): Promise<Problem> {
  if ((response.headers.get("Content-Type") ?? "").includes("json")) {
    try {
      return (await response.json()) as Problem;
    } catch {
      // A broken body says no more than its status; the words below do.
    }
  }
  return { status: response.status, detail: fmt(gettext("The server answered %(status)s."), { status: response.status }) };
}

/** Call and read JSON. An answer that is no JSON comes from somebody else: a captive portal's 200 is no answer. */
export async function callJson<T>(path: string, options: Call = {}): Promise<T> {
  const response = await call(path, options);
  if (!(response.headers.get("Content-Type") ?? "").includes("json")) {
    throw new UnreachableError(gettext("Something else answered in place of the server: sign in to this network first."));
  }
  try {
    return (await response.json()) as T;
  } catch {
    throw new UnreachableError(gettext("The answer broke off on its way."));
  }
}
