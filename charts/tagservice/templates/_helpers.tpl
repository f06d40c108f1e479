{{- define "instance.name" -}}
{{- .Values.name | default .Release.Name -}}
{{- end -}}

{{- define "instance.labels" -}}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: tagservice
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* Where clients find the development Kafka. */}}
{{- define "instance.broker" -}}
kafka.{{ .Release.Namespace }}.svc:9092
{{- end -}}

{{/*
The declared spec over what the chart knows: the broker it makes, one copy of each topic there, the networks of the sample site.
*/}}
{{- define "instance.spec" -}}
{{- $known := dict -}}
{{- if .Values.kafka.enabled -}}
{{- $single := dict "replicationFactor" 1 "minInSyncReplicas" 1 -}}
{{- $topics := dict "requests" (deepCopy $single) "results" (deepCopy $single) "deadLetters" (deepCopy $single) -}}
{{- $_ := set $known "kafka" (merge (dict "brokers" (list (include "instance.broker" .))) $topics) -}}
{{- end -}}
{{- if .Values.sampleSite.enabled -}}
{{- $_ := set $known "compute" (dict "fetch" (dict "allowedNetworks" .Values.sampleSite.networks)) -}}
{{- end -}}
{{- $spec := mergeOverwrite $known (deepCopy .Values.spec) -}}
{{- if not (dig "kafka" "brokers" list $spec) -}}
{{- fail "spec.kafka.brokers is empty: name the brokers of your Kafka (--set 'spec.kafka.brokers={host:9092}'), or set kafka.enabled=true for a development one." -}}
{{- end -}}
{{- toYaml $spec -}}
{{- end -}}

{{/* What the restricted Pod Security Standard asks of a pod, and of a container. */}}
{{- define "instance.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "instance.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}
