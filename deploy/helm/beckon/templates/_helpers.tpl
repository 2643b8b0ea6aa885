{{- define "beckon.name" -}}
{{- if contains "beckon" .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-beckon" .Release.Name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "beckon.selector" -}}
app.kubernetes.io/name: beckon
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "beckon.labels" -}}
{{ include "beckon.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "beckon.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}{{ .Values.serviceAccount.name | default (include "beckon.name" .) }}{{ else }}{{ .Values.serviceAccount.name | default "default" }}{{ end }}
{{- end }}

{{- define "beckon.triggers" -}}
{{- .Values.existingTriggers | default (printf "%s-triggers" (include "beckon.name" .)) }}
{{- end }}
