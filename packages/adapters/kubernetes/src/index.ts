export { kubernetesCatalogue } from "./catalogue.ts";
export { kubernetes } from "./kubernetes.ts";
export { rbacManifests } from "./rbac-manifests.ts";
export { rbacYaml } from "./rbac-yaml.ts";
export type { KubernetesOptions } from "./kubernetes-options.ts";
export type { Manifest, RbacOptions } from "./rbac-manifests.ts";
