package schemas

import (
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// node walks a decoded document.
func node(t *testing.T, doc any, path ...string) any {
	t.Helper()
	for _, step := range path {
		m, ok := doc.(map[string]any)
		if !ok || m[step] == nil {
			t.Fatalf("asyncapi.yaml has no %s", strings.Join(path, "/"))
		}
		doc = m[step]
	}
	return doc
}

func asyncAPI(t *testing.T) any {
	t.Helper()
	raw, err := Files.ReadFile("asyncapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc any
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// Every event type is a message of the events channel with its own schema.
func TestAsyncAPIHasEveryEvent(t *testing.T) {
	doc := asyncAPI(t)
	messages := node(t, doc, "components", "messages").(map[string]any)
	schemaOf := map[string]string{}
	for name := range messages {
		if payload, ok := node(t, messages, name, "payload").(map[string]any); ok && payload["schema"] != nil {
			schemaOf[node(t, messages, name, "name").(string)] = node(t, payload, "schema", "$ref").(string)
		}
	}
	want := map[string]string{"other": "cloudevent.json", CommandType: "command.json", "decision": "decision.json"}
	for _, k := range Kinds() {
		want[k.String()] = k.String() + ".json"
	}
	for name, file := range want {
		if schemaOf[name] != "./jsonschema/"+file {
			t.Errorf("message %s has the schema %q, want %s", name, schemaOf[name], file)
		}
	}
	if len(schemaOf) != len(want) {
		t.Errorf("%d messages with a schema, want %d", len(schemaOf), len(want))
	}
	events := node(t, doc, "channels", "events", "messages").(map[string]any)
	if len(events) != len(Kinds())+1 {
		t.Errorf("the events channel has %d messages, want %d types and the others", len(events), len(Kinds()))
	}
}

// Every reference leads somewhere.
func TestAsyncAPIReferencesResolve(t *testing.T) {
	doc := asyncAPI(t)
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok {
				if path, local := strings.CutPrefix(ref, "#/"); local {
					node(t, doc, strings.Split(path, "/")...)
				} else if _, err := Files.ReadFile(strings.TrimPrefix(ref, "./")); err != nil {
					t.Errorf("%s: %v", ref, err)
				}
			}
			for _, e := range v {
				walk(e)
			}
		}
	}
	walk(doc)
}

func TestAsyncAPIHasTheCommandsHeaders(t *testing.T) {
	headers := node(t, asyncAPI(t), "components", "messages", "Command", "headers")
	documented := node(t, headers, "properties").(map[string]any)
	var required []string
	for _, name := range node(t, headers, "required").([]any) {
		required = append(required, name.(string))
	}
	sent := fullCommand(t).AppendHeaders(nil, "shop")
	for _, h := range sent {
		if documented[h.Key] == nil {
			t.Errorf("header %s is not documented", h.Key)
		}
	}
	if len(documented) != len(sent) {
		t.Errorf("%d headers are documented, %d sent", len(documented), len(sent))
	}
	plain := fullCommand(t)
	plain.TraceParent, plain.TraceState = "", ""
	var always []string
	for _, h := range plain.AppendHeaders(nil, "shop") {
		always = append(always, h.Key)
	}
	if !slices.Equal(required, always) {
		t.Errorf("required headers are %v, those always sent %v", required, always)
	}
}
