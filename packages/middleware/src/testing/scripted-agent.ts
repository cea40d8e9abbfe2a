/** One step of a script: a tool and what the "model" says to it, perhaps depending on what came before. */
export type ScriptedStep =
  | ScriptedCall
  | ((transcript: readonly ScriptedResult[]) => ScriptedCall | undefined);

/** A tool call, as a model proposes it. */
export interface ScriptedCall {
  readonly tool: string;
  readonly arguments: unknown;
}

/** A call with what the tool returned. */
export interface ScriptedResult extends ScriptedCall {
  readonly callId: string;
  readonly result: unknown;
}

/** Tools by name, as far as the agent knows them. */
export type ScriptedTools = Readonly<
  Record<string, { execute(toolArguments: never, options: { readonly toolCallId: string }): unknown }>
>;

/** An agent without a model: it says what the script says, in order, so that a test or demo is the same every time. */
export interface ScriptedAgent {
  /** @throws Error when the script names a tool that is not there. */
  run(tools: ScriptedTools): Promise<readonly ScriptedResult[]>;
}

/**
 * Makes an agent that follows a script. A step may be a function of the transcript so far; `undefined` ends the run.
 *
 * @example
 * ```ts
 * const transcript = await scriptedAgent([{ tool: "refund", arguments: { charge: "ch_1" } }]).run({ refund });
 * ```
 */
export function scriptedAgent(steps: readonly ScriptedStep[]): ScriptedAgent {
  return Object.freeze({
    async run(tools: ScriptedTools): Promise<readonly ScriptedResult[]> {
      const transcript: ScriptedResult[] = [];
      for (const step of steps) {
        const call = typeof step === "function" ? step(transcript) : step;
        if (call === undefined) break;
        const tool = Object.hasOwn(tools, call.tool) ? tools[call.tool] : undefined;
        if (tool === undefined) throw new Error(`scripted agent: no tool ${call.tool}`);
        const callId = `call_${transcript.length + 1}`;
        transcript.push({
          ...call,
          callId,
          result: await tool.execute(call.arguments as never, { toolCallId: callId }),
        });
      }
      return transcript;
    },
  });
}
