import { CLOCK_SKEW_SECONDS, type EvidenceReading, type EvidenceRecord } from "@watchword/core";

/**
 * How a source stands that has a check run and a posted result: the newer one counts. What is still running is newer than
 * everything. Within the skew of two clocks nobody knows which came first, and red wins.
 */
export function newerReading(checks: EvidenceReading, posted: EvidenceRecord | undefined): EvidenceReading {
  if (posted === undefined) return checks;
  const said = readingOf(posted);
  // INVARIANT: only a look that saw everything leaves the posted result alone; what is out of sight may be newer and red.
  if (checks.state === "missing") return checks.absent === true ? said : checks;
  if (checks.state === "pending" || checks.finishedAt === null) return checks;
  const lead = posted.receivedAt - checks.finishedAt;
  if (lead > CLOCK_SKEW_SECONDS) return said;
  if (lead < -CLOCK_SKEW_SECONDS) return checks;
  return checks.state === "pass" ? said : checks;
}

/** What was posted, as a reading. It is as old as its arrival by the broker's own clock. */
export function readingOf({ state, receivedAt, detail }: EvidenceRecord): EvidenceReading {
  return { state, finishedAt: state === "pending" ? null : receivedAt, detail };
}
