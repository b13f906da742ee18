/** What counts as a receipt. Only a JSON answer that echoes our id and our hash does. */

import type { Receipt } from "../api/types";
import { gettext } from "../i18n";

export class NotAReceipt extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = "NotAReceipt";
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/**
 * Check an answer to a filing.
 *
 * @throws NotAReceipt with words for the person who waits; the filing then stays in the outbox.
 */
export function checkReceipt(answer: unknown, clientId: string, sha256: string): Receipt {
  if (!isRecord(answer) || typeof answer.client_id !== "string" || typeof answer.payload_sha256 !== "string") {
    throw new NotAReceipt(gettext("The answer is not a receipt; the case stays on this phone."));
  }
  if (answer.client_id.toLowerCase() !== clientId.toLowerCase()) {
    throw new NotAReceipt(gettext("The receipt is for another case; this one stays on this phone."));
  }
  if (answer.payload_sha256.toLowerCase() !== sha256.toLowerCase()) {
    throw new NotAReceipt(gettext("The server received something else than was sent; the case stays on this phone."));
  }
  if (!isRecord(answer.triage) || !isRecord(answer.assigned) || typeof answer.follow_code !== "string") {
    throw new NotAReceipt(gettext("The answer is not a receipt; the case stays on this phone."));
  }
  return answer as unknown as Receipt;
}
