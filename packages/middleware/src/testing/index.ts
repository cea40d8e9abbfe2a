// For unit tests of tools, and for demos
export { fakeBroker } from "./fake-broker.ts";
export { scriptedAgent } from "./scripted-agent.ts";
export type { FakeBroker, FakeBrokerOptions, FakeDecision, FakeProposal, FakeRun } from "./fake-broker.ts";
export type {
  ScriptedAgent,
  ScriptedCall,
  ScriptedResult,
  ScriptedStep,
  ScriptedTools,
} from "./scripted-agent.ts";
