package schemas

import "embed"

// Files are the published contracts: jsonschema/<event type>.json for every
// event, command.json, command.event.json and decision.json (JSON Schema, draft
// 2020-12), and asyncapi.yaml (AsyncAPI 3). Tests hold them and the code to
// each other.
//
//go:embed jsonschema/*.json asyncapi.yaml
var Files embed.FS
