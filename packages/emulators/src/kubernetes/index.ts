export { kubernetesSystem } from "./kubernetes-system.ts";
export { kubernetesTwin } from "./kubernetes-twin.ts";
export type { AppliedObject, ClusterObject, ObjectMeta } from "./cluster-object.ts";
export type { KubernetesFailure } from "./kubernetes-failure.ts";
export type { KubernetesAdapter, KubernetesSystem, KubernetesSystemOptions } from "./kubernetes-system.ts";
export type { KubernetesTwin } from "./kubernetes-twin.ts";
export type { LivingToken } from "./token-issuer.ts";
export type { KubernetesTwinOptions, TrustedIssuer } from "./twin-options.ts";
export type { TwinRequest } from "./twin-request.ts";
