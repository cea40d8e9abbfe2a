import { type Scene, effects, show } from "./scene.ts";

/** A subagent has a key, a run and a ceiling of its own, never more than its parent leaves it, and ends with its parent. */
export async function subagents(scene: Scene): Promise<void> {
  const { agents, payments, report, dana } = scene;
  report.heading(
    9,
    "The support agent hands a look-up to a subagent. The subagent asks for the refund that only its parent may make; then the parent tries to give it that.",
  );
  const before = effects(payments);
  const { chain, read, refunded, wider } = await agents.ask("subagent", { user: dana });
  const lines = await show(scene, 9);
  report.expect(
    "amount" in read && chain.join(" > ") === "support@3 > refund-lookup@1",
    "it may look up, under its own name: support@3 > refund-lookup@1",
  );
  report.expect(
    "reason" in refunded && lines.some((line) => line.outcome === "deny" && line.reason === "not_granted"),
    "what only its parent has is not its own: not_granted",
  );
  report.expect(
    wider === "capability_exceeded" &&
      lines.some((line) => line.outcome === "deny" && line.reason === "capability_exceeded"),
    "nor can its parent give it more than the policy's rule: capability_exceeded",
  );
  report.expect(effects(payments) === before, "nothing was sent");

  const seen = payments.requests.length;
  const { read: late } = await agents.ask("orphan", { user: dana });
  const after = await show(scene, 9);
  report.expect(
    "reason" in late &&
      late.reason === "run_ended" &&
      after.some((line) => line.outcome === "deny" && line.reason === "run_ended"),
    "its parent ended while it held a handle: the handle is dead, run_ended",
  );
  // The broker looked the charge up for its decision; the tool's own request never arrived.
  report.expect(
    payments.requests.slice(seen).every((request) => request.kind === "resolve") &&
      payments.requests.length - seen === 1,
    "the tool's request never reached the payment system",
  );
}
