/** The requests that the pages make, one function each. */

import type { Category, GazetteerEntry, Located, Pin } from "./types";
import { callJson } from "./http";

const query = (values: Record<string, string | number | undefined>) =>
  new URLSearchParams(
    Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])),
  ).toString();

const coordinate = (value: number) => value.toFixed(7);

export interface LocateOptions {
  place?: string | undefined;
  accuracy_m?: number | undefined;
  pin?: Pin | undefined;
  signal?: AbortSignal;
}

export function locate(lon: number, lat: number, options: LocateOptions = {}): Promise<Located> {
  const { signal, place, pin, accuracy_m } = options;
  const accuracy = accuracy_m === undefined ? undefined : Math.round(accuracy_m);
  const search = query({ lon: coordinate(lon), lat: coordinate(lat), place, pin, accuracy_m: accuracy });
  return callJson(`/api/v1/locate/?${search}`, signal ? { signal } : {});
}

/** Whose an area, building or unit is that somebody chose by name. */
export function locateCode(code: string, place: string | undefined, signal?: AbortSignal): Promise<Located> {
  return callJson(`/api/v1/locate/?${query({ place_code: code, place })}`, signal ? { signal } : {});
}

export function categoriesAt(lon: number, lat: number, place: string, signal?: AbortSignal): Promise<Category[]> {
  const search = query({ lon: coordinate(lon), lat: coordinate(lat), place });
  return callJson(`/api/v1/categories/?${search}`, signal ? { signal } : {});
}

export function findPlaces(q: string, place: string, signal?: AbortSignal): Promise<GazetteerEntry[]> {
  return callJson(`/api/v1/places/?${query({ q, place })}`, signal ? { signal } : {});
}
