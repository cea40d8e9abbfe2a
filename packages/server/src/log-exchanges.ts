import type { BrokerClient, TokenAnswer } from "@watchword/core";
import { type ServerLog, refusalFields } from "./server-log.ts";

/** A client that says in the log what each exchange came to. */
export function logExchanges(client: BrokerClient, log: ServerLog): BrokerClient {
  return Object.freeze<BrokerClient>({
    issuer: client.issuer,
    token: async (request) => {
      const answer = await client.token(request);
      log({ level: "info", event: "exchange", ...fieldsOf(answer) });
      return answer;
    },
    endRun: async (runToken, proof) => {
      try {
        await client.endRun(runToken, proof);
        log({ level: "info", event: "run_ended" });
      } catch (error) {
        log({ level: "info", event: "run_end_refused", ...refusalFields(error) });
        throw error;
      }
    },
  });
}

function fieldsOf(answer: TokenAnswer): Readonly<Record<string, string | undefined>> {
  if (!answer.ok)
    return {
      outcome: "refused",
      reason: answer.reason,
      decision_id: answer.decision_id,
      approval_id: answer.approval_id,
    };
  const { run, lease } = answer;
  return run === undefined
    ? { outcome: "leased", decision_id: lease?.decision_id, lease_id: lease?.lease_id }
    : { outcome: "run", run_id: run.run_id, tenant: run.tenant };
}
