/** What the server says, as far as the pages read it. Contract: docs/api.md. */

import type { Point } from "geojson";
import type { Affected } from "../map/geometry";

export interface AreaRef {
  level: string;
  code: string;
  name: string;
}

export interface Leader {
  name?: string | null;
  post: string;
  area?: string | AreaRef | null;
  acting?: boolean;
  phone?: string | null;
}

export interface PartyCell {
  name: string;
  kind: string;
  head?: string | null;
  head_title?: string | null;
}

export interface BuildingRef {
  code: string;
  name: string;
  unit?: string | null;
  distance_m?: number;
}

export type Outcome = "inside" | "snapped" | "border" | "overlap" | "outside";

export interface Located {
  outcome: Outcome;
  place: string | null;
  generation: string | null;
  areas: AreaRef[];
  building: BuildingRef | null;
  leaders: Leader[];
  party_cell: PartyCell | null;
  location?: Point;
  distance_to_border_m: number | null;
  candidates: (AreaRef & { distance_m?: number })[];
  explanation: string[];
}

export type GeometryKind = "Point" | "LineString" | "Polygon";

export interface Category {
  key: string;
  name: string;
  geometry: GeometryKind[];
  sensitive: boolean;
  group?: string;
  /** Danger to life: emergency numbers come first. */
  danger?: boolean;
}

export interface GazetteerEntry {
  label: string;
  level: string;
  code: string;
  location: Point | null;
  score: number;
}

export type Pin = "gps" | "confirmed" | "building";

export interface Filing {
  client_id: string;
  place?: string;
  text: string;
  category: string;
  location?: Point;
  affected?: Affected;
  place_code?: string;
  accuracy_m?: number;
  pin?: Pin;
  datum: "wgs84";
  fix?: { lon: number; lat: number; accuracy_m: number; at: string };
  captured_at: string;
  channel: string;
  urgent: boolean;
  confidential: boolean;
  about: string;
  photos: string[];
  revises?: string;
}

export interface Receipt {
  id: number | string;
  client_id: string;
  payload_sha256: string;
  follow_code: string;
  number?: string;
  status: string;
  status_name?: string;
  triage: {
    label: string;
    label_name?: string;
    route: string;
    route_name?: string;
    state: "proposed" | "confirmed";
    deadline: string | null;
    explanation: string[];
  };
  assigned: {
    leaders: Leader[];
    handlers?: Leader[];
    departments?: { name: string; phone?: string | null }[];
    party_cell: PartyCell | null;
  };
  areas: AreaRef[];
  building?: BuildingRef | null;
  outcome: Outcome | "none" | "";
  explanation?: string[];
  /** What the server wants the person to know: a clock that lies, a kind that it does not know. */
  notes?: string[];
}

/** RFC 9457, with the members that Gridcase adds. */
export interface Problem {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  field?: string;
  value?: unknown;
  accepted?: unknown;
}
