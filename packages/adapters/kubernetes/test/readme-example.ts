import { kubernetes, rbacYaml } from "@watchword/adapter-kubernetes";
import { kubernetesCatalogue } from "@watchword/adapter-kubernetes/catalogue";
import { system } from "@watchword/core";

/** The broker gets the adapter as a value, under the name that the policy uses. */
export const systems = { cluster: kubernetes({ baseUrl: "https://10.0.0.1:6443" }) };

/** Bindings beside the tools need the catalogue only, not the adapter. */
export const cluster = system("cluster", kubernetesCatalogue);

/** For `kubectl apply -f -`: exactly the rights that these operations need, in the tenant's namespace. */
export const manifests = rbacYaml({
  namespace: "acme",
  operations: ["pods.list", "pods.logs", "deployments.restart", "configmaps.patch"],
  names: { "configmaps.patch": ["web-config"] },
});
