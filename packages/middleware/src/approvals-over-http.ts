import {
  type ApprovalQuestion,
  type ApprovalStatus,
  type ApprovalWaiting,
  type Json,
  Refusal,
  isReason,
} from "@watchword/core";
import { readApprovalStatus } from "./read-approval-status.ts";
import { readEvents } from "./read-events.ts";
import { noAnswer, readJsonAnswer } from "./read-json-answer.ts";

/** The way to a broker, as {@link httpBroker} has it. */
export interface HttpWay {
  readonly base: string;
  readonly send: typeof globalThis.fetch;
  readonly timeoutMilliseconds: number;
  /** Tells the operator, and gives what to throw. */
  readonly unavailable: (error: unknown) => Refusal;
}

/** Waiting for approvals over HTTP. The run token stands in a header, never in a URL. */
export function approvalsOverHttp(way: HttpWay): ApprovalWaiting {
  return Object.freeze<ApprovalWaiting>({
    state: async (question) => {
      const signal = AbortSignal.timeout(way.timeoutMilliseconds);
      const response = await ask(way, "GET", "state", question, signal);
      const status = readApprovalStatus(await json(way, response));
      if (status === undefined) throw way.unavailable(noAnswer(response.status, "not an approval's state"));
      return status;
    },
    withdraw: async (question) => {
      const signal = AbortSignal.timeout(way.timeoutMilliseconds);
      const body = await json(way, await ask(way, "POST", "withdrawal", question, signal));
      return typeof body === "object" && body !== null && "withdrawn" in body && body["withdrawn"] === true;
    },
    async *events(question, signal): AsyncGenerator<ApprovalStatus> {
      const response = await ask(way, "GET", "events", question, signal);
      if (!/^text\/event-stream(?:;|$)/i.test(response.headers.get("content-type") ?? "")) {
        await response.body?.cancel();
        throw way.unavailable(noAnswer(response.status, "not a stream of events"));
      }
      try {
        for await (const data of readEvents(response)) {
          const status = readApprovalStatus(data);
          if (status !== undefined) yield status;
        }
      } catch (error) {
        throw way.unavailable(error);
      }
    },
  });
}

/** Asks with a proof, and once more when the broker wants its nonce in it (RFC 9449 section 9). */
async function ask(
  way: HttpWay,
  method: "GET" | "POST",
  about: "state" | "events" | "withdrawal",
  { approvalId, runToken, dpop }: ApprovalQuestion,
  signal: AbortSignal,
): Promise<Response> {
  const send = async (proof: string): Promise<Response> => {
    try {
      return await way.send(`${way.base}/approvals/${encodeURIComponent(approvalId)}/${about}`, {
        method,
        headers: {
          accept: about === "events" ? "text/event-stream" : "application/json",
          authorization: `DPoP ${runToken}`,
          dpop: proof,
        },
        // INVARIANT: tokens go to the configured address and to no other.
        redirect: "error",
        signal,
      });
    } catch (error) {
      throw way.unavailable(error);
    }
  };
  const response = await send(await dpop());
  if (response.ok) return response;
  const nonce = response.headers.get("dpop-nonce") ?? "";
  if (!/^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/.test(nonce)) throw await refusalOf(way, response);
  await response.body?.cancel();
  const again = await send(await dpop(nonce));
  if (again.ok) return again;
  throw await refusalOf(way, again);
}

async function refusalOf(way: HttpWay, response: Response): Promise<Refusal> {
  const body = await json(way, response);
  const reason = typeof body === "object" && body !== null && "reason" in body ? body["reason"] : undefined;
  return isReason(reason)
    ? new Refusal(reason, { detail: "the broker refused the question", failedFact: "approval" })
    : way.unavailable(noAnswer(response.status, "not an answer of a broker"));
}

async function json(way: HttpWay, response: Response): Promise<Json> {
  try {
    return await readJsonAnswer(response);
  } catch (error) {
    throw way.unavailable(error);
  }
}
