{{- define "watchword.name" -}}
{{- printf "%s-watchword" .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "watchword.leases" -}}
{{- printf "%s-leases.%s.svc:8443" (include "watchword.name" .) .Release.Namespace -}}
{{- end -}}

{{- define "watchword.selector" -}}
app.kubernetes.io/name: watchword
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "watchword.gatewaySelector" -}}
app.kubernetes.io/name: watchword-gateway
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "watchword.labels" -}}
{{ include "watchword.selector" . }}
{{ include "watchword.origin" . }}
{{- end -}}

{{- define "watchword.gatewayLabels" -}}
{{ include "watchword.gatewaySelector" . }}
{{ include "watchword.origin" . }}
{{- end -}}

{{- define "watchword.origin" -}}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "watchword.spread" -}}
{{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
- topologyKey: {{ . }}
  maxSkew: 1
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels: {{- $ | nindent 6 }}
{{- end }}
{{- end -}}

{{- define "watchword.probes" -}}
startupProbe:
  httpGet: { path: /healthz, port: metrics }
  periodSeconds: 2
  failureThreshold: 30
livenessProbe:
  httpGet: { path: /healthz, port: metrics }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: { path: /readyz, port: metrics }
  periodSeconds: 5
  # The store, or the broker, has 2 s of them.
  timeoutSeconds: 4
  failureThreshold: 2
lifecycle:
  # Endpoints and proxies learn first that it goes.
  preStop: { sleep: { seconds: 5 } }
{{- end -}}

{{- define "watchword.dns" -}}
- to:
    - namespaceSelector:
        matchLabels: { kubernetes.io/metadata.name: kube-system }
      podSelector:
        matchLabels: { k8s-app: kube-dns }
  ports:
    - { port: 53, protocol: UDP }
    - { port: 53, protocol: TCP }
{{- end -}}

{{- define "watchword.tlsVolume" -}}
- name: tls
  secret:
    secretName: {{ . | quote }}
    defaultMode: 288 # 0440
    items:
      - { key: tls.crt, path: tls.crt }
      - { key: tls.key, path: tls.key }
      - { key: ca.crt, path: ca.crt }
{{- end -}}

{{- define "watchword.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ required "image.tag or image.digest is needed: a moving tag is not a version" .Values.image.tag }}
{{- end -}}
{{- end -}}

{{- define "watchword.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
# A change of what is there already would let the group read the keys, and the broker refuses keys that others may read.
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "watchword.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}
