import { kubernetesTwin } from "@watchword/emulators/kubernetes";

const rbac = "rbac.authorization.k8s.io";
const metadata = { name: "reader", namespace: "acme" };
await using twin = await kubernetesTwin({
  objects: [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "acme" } },
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "web", namespace: "acme" }, data: { a: "b" } },
    {
      apiVersion: `${rbac}/v1`,
      kind: "Role",
      metadata,
      rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: rbac, kind: "Role", name: "reader" },
      subjects: [{ kind: "ServiceAccount", ...metadata }],
    },
  ],
});
const headers = { authorization: `Bearer ${twin.accountToken("acme", "reader")}` };
const web = `${twin.url}/api/v1/namespaces/acme/configmaps/web`;

/** It reads (200), and what its role does not say it cannot: 403, and no effect. */
export const seen = {
  read: (await fetch(web, { headers })).status,
  deleted: (await fetch(web, { method: "DELETE", headers })).status,
  effects: twin.requests.filter(({ kind }) => kind === "effect").length,
};
