import { AsyncLocalStorage } from "node:async_hooks";
import {
  type BrokerClient,
  type Clock,
  type TokenAnswer,
  type TokenRequest,
  isReason,
} from "@watchword/core";
import type { LoadedTools } from "../tools/load-tools.ts";
import { stepOf, versioned } from "./captured-agent.ts";
import type { ToolStep, ToolUser } from "./tool-user.ts";

/** What an app's runtime reaches, and who looks at what it shows. */
export interface RuntimeToolsOptions {
  readonly client: BrokerClient;
  /** The way to the gateway. */
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** Looks through what a model gets to see. */
  readonly look?: (place: string, text: string) => void;
}

/** A run that is held open. */
interface OpenRun {
  /** Does something as code within the run does it. */
  readonly inside: <Result>(fn: () => Result) => Result;
  /** What the broker was last asked by it, and what it said. */
  asked: TokenRequest | undefined;
  answered: TokenAnswer | undefined;
  threw: string | null;
  readonly end: () => Promise<void>;
}

/** An app's guarded tools in runs of the real middleware, as the app itself would start them. */
export function runtimeTools(tools: LoadedTools, options: RuntimeToolsOptions): ToolUser {
  const { client, clock, look } = options;
  const runs = new Map<string, OpenRun>();
  const waiting = new Map<string, object>();
  const held = (name: string): OpenRun => {
    const run = runs.get(name);
    if (run === undefined) throw new TypeError(`the runtime holds no run ${name}`);
    return run;
  };

  return Object.freeze<ToolUser>({
    begin: async (call) => {
      const opened = Promise.withResolvers<{ readonly runId: string }>();
      const closing = Promise.withResolvers<void>();
      let inside: OpenRun["inside"] = (fn) => fn();
      const run: OpenRun = {
        inside: (fn) => inside(fn),
        asked: undefined,
        answered: undefined,
        threw: null,
        end: async () => {
          closing.resolve();
          await over;
        },
      };
      const runtime = tools.middleware.createRuntime({
        broker: {
          ...client,
          token: async (request) => {
            run.asked = request;
            return (run.answered = await client.token(request));
          },
        },
        workload: () => Promise.resolve(call.workloadToken),
        agent: versioned(call.agent),
        clock,
        fetch: options.fetch,
        // Nothing is renewed by itself: the world's clock moves when it is told to.
        schedule: () => () => undefined,
        // What a projection would deny is asked for, so that it is the broker who refuses.
        localDenials: "off",
        onToolError: (error) => {
          run.threw = error instanceof Error ? `${error.name}: ${error.message}` : typeof error;
        },
      });
      const over = runtime
        .run(
          {
            thread: call.thread,
            background: call.background,
            ...(call.subjectToken === null ? {} : subjectOf(call.subjectKind, call.subjectToken)),
            ...(call.ceiling === undefined ? {} : { ceiling: call.ceiling }),
            ...(call.tenant === undefined ? {} : { tenant: call.tenant }),
          },
          async (frame) => {
            inside = AsyncLocalStorage.snapshot();
            opened.resolve(frame);
            await closing.promise;
          },
        )
        .catch(opened.reject);
      try {
        const { runId } = await opened.promise;
        const name = `run-${runs.size + 1}`;
        runs.set(name, run);
        return { ok: true, reason: null, decisionId: null, run: name, runId };
      } catch (error) {
        if (run.answered === undefined || run.answered.ok) throw error;
        return { ...stepOf(run.answered), run: null, runId: null };
      }
    },
    use: async ({ run: name, tool: key, args, pending: goesOn }) => {
      const tool = tools.executable.get(key);
      if (tool === undefined) throw new TypeError(`there is no tool ${key}`);
      const run = name === null ? undefined : held(name);
      if (run !== undefined) Object.assign(run, { asked: undefined, answered: undefined, threw: null });
      let asked: string | null = null;
      const execute = (): Promise<unknown> =>
        Promise.resolve(
          tool.execute(JSON.parse(args), {
            ...(goesOn === undefined ? {} : { pending: waiting.get(goesOn) }),
            onApprovalRequired: (pending: object) => {
              asked = `pending-${waiting.size + 1}`;
              waiting.set(asked, pending);
            },
          }),
        );
      const shown = await (run === undefined ? execute() : run.inside(execute));
      look?.("a tool's answer to the model", JSON.stringify(shown) ?? "");
      const step = toolStepOf(shown, run?.answered);
      return { ...step, proposed: namedIn(run?.asked), pending: asked, threw: run?.threw ?? null };
    },
    leave: ({ run }) => held(run).end(),
  });
}

function subjectOf(kind: "user" | "ticket", token: string): { user: { token: string } } | { ticket: string } {
  return kind === "ticket" ? { ticket: token } : { user: { token } };
}

/** What the model was told, and what the broker had answered before. */
function toolStepOf(
  shown: unknown,
  answered: TokenAnswer | undefined,
): Omit<ToolStep, "proposed" | "pending" | "threw"> {
  const lease = answered?.ok === true ? answered.lease : undefined;
  const leased = lease !== undefined;
  if (isDenial(shown))
    return {
      ok: false,
      reason: isReason(shown.reason) ? shown.reason : null,
      decisionId: shown.decision_id ?? null,
      approvalId: shown.approval_id ?? null,
      leased,
    };
  return { ok: true, reason: null, decisionId: lease?.decision_id ?? null, approvalId: null, leased };
}

/** Arguments of the action that an assertion is about. */
function namedIn(asked: TokenRequest | undefined): readonly string[] {
  const claims = asked?.actor_token?.split(".")[1];
  if (claims === undefined) return [];
  const { action } = JSON.parse(Buffer.from(claims, "base64url").toString()) as {
    readonly action?: { readonly arguments?: object };
  };
  return Object.keys(action?.arguments ?? {});
}

interface Denied {
  readonly reason: string;
  readonly decision_id?: string;
  readonly approval_id?: string;
}

const DENIAL: ReadonlySet<string> = new Set([
  "error",
  "reason",
  "decision_id",
  "retryable",
  "approval_id",
  "approval_url",
]);

/** Whether a guard said no: the one fixed shape in which it does, with nothing besides. */
function isDenial(shown: unknown): shown is Denied {
  if (typeof shown !== "object" || shown === null) return false;
  const { error, reason, retryable } = shown as Readonly<Record<string, unknown>>;
  return (
    typeof error === "string" &&
    isReason(reason) &&
    typeof retryable === "boolean" &&
    Object.keys(shown).every((name) => DENIAL.has(name))
  );
}
