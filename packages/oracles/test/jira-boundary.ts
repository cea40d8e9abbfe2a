import { type JiraOptions, jira } from "@watchword/adapter-jira";
import { type BoundaryReport, boundary, runBoundary } from "@watchword/boundary";
import type { Adapter } from "@watchword/core";
import { jiraSystem } from "@watchword/emulators/jira";
import { parsePolicy } from "@watchword/policy";

const POLICY = `
watchword: 1
systems: { tracker: { adapter: jira } }
agents: { support: {}, reader: {} }
workloads:
  support-runtime: { identity: { localKey: support-runtime }, agents: [support, reader], tenant: { claim: org_id } }
grants:
  - id: read
    agent: [support, reader]
    operation: tracker/issues.get
    resource: { site: "\${tenant.tracker.account}", project: APP }
    lease: { action: 30s }
  - id: comment
    agent: support
    operation: tracker/comments.add
    resource: { site: "\${tenant.tracker.account}", project: APP }
    once: { by: [args.issue], per: 24h }
    lease: { action: 60s }
  - id: finish
    agent: support
    operation: tracker/transitions.apply
    resource: { site: "\${tenant.tracker.account}", project: APP }
    where: { args.to: { in: [Done] } }
    lease: { action: 60s }
delegation:
  - { parent: support, child: reader, grants: [read], depth: 1, ttl: 5m }
`;

/** Every row of the policy, each brought about against broker, gateway and twin; `change` plants a hole in the adapter. */
export function runJiraBoundary(
  change: (adapter: Adapter) => Adapter = (adapter) => adapter,
): Promise<BoundaryReport> {
  const policy = parsePolicy([{ name: "policy.yaml", text: POLICY }]);
  const tracker = jiraSystem((twin: JiraOptions) => change(jira(twin)));
  return runBoundary(boundary({ policy, systems: { tracker } }, (b) => b.matrix()));
}
