import {
  type BrokerClient,
  Refusal,
  TOKEN_TYPE_URIS,
  type TokenAnswer,
  type TokenRequest,
} from "@watchword/core";
import type { ExchangeName, ServerMetrics } from "./server-metrics.ts";

/** A client that counts what each exchange came to, and how long it took. */
export function measureExchanges(client: BrokerClient, metrics: ServerMetrics): BrokerClient {
  return Object.freeze<BrokerClient>({
    issuer: client.issuer,
    token: async (request) => {
      const exchange = exchangeName(request);
      const begun = metrics.now();
      try {
        const answer = await client.token(request);
        metrics.exchanged(exchange, outcomeOf(answer), metrics.now() - begun);
        if (!answer.ok) metrics.refused(exchange, answer.reason);
        return answer;
      } catch (error) {
        metrics.exchanged(exchange, "failed", metrics.now() - begun);
        throw error;
      }
    },
    endRun: async (runToken, proof) => {
      try {
        await client.endRun(runToken, proof);
      } catch (error) {
        metrics.refused("end_run", Refusal.from(error, "internal").reason);
        throw error;
      }
    },
  });
}

function outcomeOf(answer: TokenAnswer): "run" | "leased" | "refused" {
  if (!answer.ok) return "refused";
  return answer.run === undefined ? "leased" : "run";
}

/** Which exchange is asked for, by token types alone, as the broker tells them apart. */
function exchangeName({ subject_token_type, actor_token_type }: TokenRequest): ExchangeName {
  if (actor_token_type === TOKEN_TYPE_URIS.assertion) return "act";
  if (actor_token_type === TOKEN_TYPE_URIS.delegation) return "delegate";
  return subject_token_type === TOKEN_TYPE_URIS.run ? "renew" : "start";
}
