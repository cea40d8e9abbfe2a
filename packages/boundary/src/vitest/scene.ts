import type { Ceiling, ValueMap } from "@watchword/core";
import type { Attempt } from "../attempt.ts";
import type {
  ApprovalCondition,
  EvidenceCondition,
  RunCondition,
  Situation,
  Tampering,
  ToolRequest,
  UserContext,
} from "../situation.ts";
import type { ToolExample } from "../tools/tool-example.ts";
import type { World } from "../world.ts";

/** What one test has said about everything around an agent; each test begins with its own. */
export interface Scene {
  at: number | undefined;
  evidence: Record<string, EvidenceCondition>;
  approval: ApprovalCondition;
  tampering: Tampering | undefined;
}

/** For whom an agent runs. */
export interface AgentOptions {
  readonly tenant: string;
  /** Left out: `verified`. */
  readonly user?: UserContext;
  readonly workload?: string;
  readonly background?: boolean;
  readonly ceiling?: Ceiling;
}

/** What else is so when an agent proposes something. */
export interface ProposalOptions {
  readonly tool?: string;
  readonly resource?: Readonly<Record<string, string>>;
  /** State of the run. Left out: `living`. */
  readonly run?: RunCondition;
  /** What the tool sends when it is allowed. Left out: `as-decided`. */
  readonly request?: ToolRequest;
  readonly before?: readonly Situation[];
}

/** A captured agent: whatever it proposes is really asked of the broker, with the run's own keys. */
export interface TestAgent {
  /** Proposes `system/operation`, and sends what it is for when it is allowed. */
  propose(operation: string, args: ValueMap, options?: ProposalOptions): Promise<Attempt>;
  /**
   * Calls one of the app's own tools, by the name of its export, in a run of the app's runtime. It is allowed only when the broker
   * decided and the system saw exactly what it means, which is written by hand.
   */
  call(
    tool: string,
    args: unknown,
    means: ToolExample["action"],
    options?: Pick<ProposalOptions, "run" | "before">,
  ): Promise<Attempt>;
  /** The situation that {@link propose} would bring about, for `before`. */
  situation(operation: string, args: ValueMap, options?: ProposalOptions): Situation;
  /** A subagent of this one; its run is begun by a delegation when it proposes something. */
  delegate(agent: string, options?: { readonly ceiling?: Ceiling }): TestAgent;
}

/** A scene in which nothing has been said. */
export function emptyScene(): Scene {
  return { at: undefined, evidence: {}, approval: "none", tampering: undefined };
}

/** An agent that acts in a scene; what a test says afterwards counts for what is proposed afterwards. */
export function agentIn(
  world: Pick<World, "attempt">,
  scene: Readonly<Scene>,
  name: string,
  options: AgentOptions & { readonly via?: readonly string[] },
): TestAgent {
  const { tenant, user = "verified", workload, background = false, ceiling, via = [] } = options;
  const situation: TestAgent["situation"] = (operation, args, proposal = {}) => {
    const slash = operation.indexOf("/");
    if (slash < 1) throw new TypeError(`an operation is written system/operation, and this is ${operation}`);
    const {
      tool = operation.slice(slash + 1),
      resource = {},
      run = "living",
      request = "as-decided",
      before = [],
    } = proposal;
    return {
      agent: name,
      ...(workload === undefined ? {} : { workload }),
      tenant,
      user,
      background,
      via,
      ...(ceiling === undefined ? {} : { ceiling }),
      tool,
      action: {
        system: operation.slice(0, slash),
        operation: operation.slice(slash + 1),
        resource,
        arguments: args,
      },
      ...(scene.at === undefined ? {} : { at: scene.at }),
      evidence: { ...scene.evidence },
      approval: scene.approval,
      run,
      ...(scene.tampering === undefined ? {} : { tampering: scene.tampering }),
      request,
      before,
    };
  };
  return {
    situation,
    propose: (operation, args, proposal) => world.attempt(situation(operation, args, proposal)),
    call: (tool, args, { operation, resource = {}, arguments: values }, proposal = {}) =>
      world.attempt({
        ...situation(operation, values, { ...proposal, tool, resource }),
        call: { tool, args: JSON.stringify(args) },
      }),
    delegate: (agent, child = {}) => {
      const { ceiling: _, ...rest } = options;
      return agentIn(world, scene, agent, { ...rest, ...child, via: [...via, name] });
    },
  };
}
