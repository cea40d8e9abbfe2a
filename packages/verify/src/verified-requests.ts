import { Refusal } from "@watchword/core";
import type { VerifiedAction } from "./verified-action.ts";

/** What was verified, by the very request that it was verified for: a copied request has nothing. */
export class VerifiedRequests {
  readonly #actions = new WeakMap<object, VerifiedAction>();

  set(request: object, action: VerifiedAction): void {
    this.#actions.set(request, action);
  }

  /** @throws Refusal `caller_unknown` where nothing was verified */
  of(request: object): VerifiedAction {
    const action = this.#actions.get(request);
    if (action !== undefined) return action;
    throw new Refusal("caller_unknown", { detail: "the route has no requireOperation" });
  }
}
