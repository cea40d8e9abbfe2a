import { randomUUID } from "node:crypto";
import type { FrontAnswer } from "../http/orders-server.ts";

/** An error answer of the token endpoint, as Entra words it. */
export class EntraProblem extends Error {
  override readonly name = "EntraProblem";
  readonly status: number;
  readonly code: string;
  readonly number: number;

  constructor(status: number, code: string, number: number, words: string) {
    super(`AADSTS${number}: ${words}`);
    this.status = status;
    this.code = code;
    this.number = number;
  }

  answer(now: number, lookUp: boolean): FrontAnswer {
    const [trace, correlation] = [randomUUID(), randomUUID()];
    const timestamp = `${new Date(now).toISOString().slice(0, 19).replace("T", " ")}Z`;
    return {
      status: this.status,
      kind: lookUp ? "resolve" : "refused",
      body: {
        error: this.code,
        error_description: `${this.message} Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`,
        error_codes: [this.number],
        timestamp,
        trace_id: trace,
        correlation_id: correlation,
      },
    };
  }
}
